package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.spi.Settlement;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Groups with many jobs, many names and many workers. */
abstract class GroupCrowdRules extends FlowPart {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void groups_whose_names_and_keys_read_alike_are_apart() {
        List<JobDraft> jobs = List.of(
                Jobs.work().serial("a"),
                Jobs.work().serial("A"),
                Jobs.work().serial("a "),
                Jobs.work().serial(""),
                Jobs.work().group("a:b", "c"),
                Jobs.work().group("a", "b:c"),
                Jobs.work().group("a:b:c", ""),
                Jobs.work().group("{a}", "*.> \u00e9\n'\"\\"),
                Jobs.work().group("{a}", "*.> e\u0301\n'\"\\"));
        driver.limits(
                Jobs.QUEUE,
                jobs.stream()
                        .map(job -> Objects.requireNonNull(job.spec().keys().group()))
                        .reduce(
                                QueueLimits.NONE,
                                (limits, group) -> limits.withGroup(group.name(), new GroupLimits(1, null)),
                                (one, other) -> one));
        driver.enqueue(jobs);

        assertState(JobState.READY, jobs.toArray(JobDraft[]::new));
        for (JobDraft job : jobs) {
            JobDraft next = Jobs.work();
            next = new JobDraft(next.spec().withKeys(job.spec().keys()), next.due(), null);
            driver.enqueue(next);
            assertBlocked(Gate.GROUP, next);
            assertThat(job(next).spec().keys()).isEqualTo(job.spec().keys());
        }
    }

    @Test
    void a_limit_holds_however_many_claim_and_settle_at_once() {
        limit(2);
        List<JobDraft> jobs = customers(36);
        driver.enqueue(jobs);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger ran = new AtomicInteger();
        List<SessionDriver> workers =
                List.of(session, driver.session(), secondView().session());

        Together.each(workers, worker -> {
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (ran.get() < jobs.size() && System.nanoTime() < until) {
                List<ClaimedJob> runs = worker.claim(2);
                most.accumulateAndGet(running.addAndGet(runs.size()), Math::max);
                for (ClaimedJob run : runs) {
                    running.decrementAndGet(); // before the store knows, or another may have begun already
                    worker.succeed(run);
                    ran.incrementAndGet();
                }
            }
            return true;
        });

        assertThat(ran).hasValue(jobs.size());
        assertThat(most.get()).isLessThanOrEqualTo(2);
        assertState(JobState.SUCCEEDED, jobs.toArray(JobDraft[]::new));
    }

    @Test
    void a_group_moves_on_by_exchanges_alone() {
        List<JobDraft> jobs =
                Stream.generate(() -> Jobs.work().serial("k")).limit(6).toList();
        driver.enqueue(jobs);
        Claim.Next claim = session.next(new Claim.Queues.AllBut(Set.of()), 9);
        List<UUID> ran = new ArrayList<>();
        List<ClaimedJob> claimed = List.of();

        for (int exchanges = 0; exchanges < 60 && ran.size() < 6; exchanges++) {
            List<Settlement> ends = claimed.stream()
                    .map(run -> Settlement.of(run.run(), Outcomes.all().get(0)))
                    .toList();
            claimed = session.exchange(ends, claim).claimed();
            assertThat(claimed).hasSizeLessThanOrEqualTo(1);
            claimed.forEach(run -> ran.add(run.spec().id()));
        }

        assertThat(ran).containsExactly(ids(jobs));
    }

    @Test
    void jobs_behind_one_key_do_not_keep_others_waiting() {
        driver.enqueue(Stream.generate(() -> Jobs.work().serial("k").priority(9))
                .limit(500)
                .toList());
        JobDraft other = Jobs.work();
        driver.enqueue(other);

        assertThat(session.claim(2)).hasSize(2).anyMatch(run -> run.spec().id().equals(other.id()));
    }

    private void limit(int atOnce) {
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withGroup("customer", new GroupLimits(atOnce, null)));
    }

    private static List<JobDraft> customers(int count) {
        return Stream.generate(() -> Jobs.work().group("customer", "7"))
                .limit(count)
                .toList();
    }
}
