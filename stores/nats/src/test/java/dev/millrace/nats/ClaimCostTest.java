package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Claim;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Operation;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Retention;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.StoreAddress;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a claim costs the leader's thread does not grow with jobs that it is not for. */
class ClaimCostTest {
    private static final int OTHERS = 20_000;
    private static final int CLAIMS = 500;
    private static final int ROUNDS = 6;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private Link link;

    @BeforeEach
    void connect() {
        link = Link.open(Settings.of(StoreAddress.parse(Servers.server().url())));
    }

    @AfterEach
    void close() {
        link.close();
    }

    @Test
    void scheduled_blocked_finished_other_kind_and_other_queue_jobs_cost_a_claim_nothing() {
        Leading alone = new Leading();
        Leading beside = new Leading();
        beside.enqueue(Jobs.many(OTHERS / 2, Jobs.WORK));
        beside.handle(new Call.Operate(new Operation.Cancel(), Filter.ALL, null, OTHERS));
        beside.enqueue(Jobs.many(OTHERS, Jobs.WORK).stream()
                .map(job -> job.in(Duration.ofDays(1)))
                .toList());
        beside.enqueue(Jobs.many(OTHERS, "unknown").stream()
                .map(job -> job.priority(1_000))
                .toList());
        beside.enqueue(Jobs.many(OTHERS, Jobs.WORK).stream()
                .map(job -> job.queue("elsewhere"))
                .toList());
        JobDraft parent = Jobs.work().in(Duration.ofDays(1));
        beside.enqueue(List.of(parent));
        beside.enqueue(Jobs.many(OTHERS, Jobs.WORK).stream()
                .map(job -> job.after(parent))
                .toList());
        // The one that has the place is claimed behind all others.
        beside.enqueue(Jobs.many(OTHERS, Jobs.WORK).stream()
                .map(job -> job.serial("key").priority(-1_000))
                .toList());

        long before = Long.MAX_VALUE;
        long after = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) { // in turns, so that both have the same memory to work with
            before = Math.min(before, nanos(alone));
            after = Math.min(after, nanos(beside));
        }

        // Processor time of one thread, the least of some rounds. A look at each of the others costs a hundredfold.
        assertThat(after).as("beside others, where it is %d alone", before).isLessThan(10 * before);
    }

    /** Claims jobs one by one, and settles each with the next claim. */
    private long nanos(Leading leading) {
        leading.enqueue(Jobs.many(CLAIMS, Jobs.WORK));
        Claim claim = new Claim.Next(new Claim.Queues.InOrder(List.of(Jobs.QUEUE)), Set.of(Jobs.WORK), -1_000, 1, 0);
        long before = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < CLAIMS; i++) {
            assertThat(leading.exchange(claim)).isEqualTo(1);
        }
        long nanos = threads.getCurrentThreadCpuTime() - before;
        leading.exchange(new Claim.Nothing());
        return nanos;
    }

    /** A desk on this thread, without a stream behind it. */
    private final class Leading {
        private final UUID session = UUID.randomUUID();
        private final Changes changes = new Changes(new Draft(1, 100_000));
        private final Desk desk = new Desk(
                Retention.DEFAULT,
                new ServerClock(new ManualClock(Instant.parse("2030-01-01T00:00:00Z"))),
                new Shelf(link),
                changes);
        private long exchanges;

        Leading() {
            handle(new Call.OpenSession(new SessionOpening(session, "worker", "")));
        }

        void enqueue(List<JobDraft> jobs) {
            handle(new Call.Enqueue(jobs.stream().map(JobDraft::newJob).toList()));
        }

        /** Settles what is held, and says how many were claimed. */
        int exchange(Claim claim) {
            Set<Job> held = Objects.requireNonNull(desk.ledger().sessions().get(session)).claims;
            List<Settlement> outcomes = held.stream()
                    .map(job -> Settlement.of(new Shown(job).run(), new Outcome.Succeeded(null)))
                    .toList();
            handle(new Call.Exchanging(new Exchange(session, ++exchanges, outcomes, claim)));
            return held.size();
        }

        void handle(Call<?> call) {
            changes.begin(new Draft(1, 100_000));
            desk.handle(new Asking(call, Retention.DEFAULT), EnumSet.noneOf(Signal.class));
        }
    }
}
