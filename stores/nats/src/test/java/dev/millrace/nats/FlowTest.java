package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.spi.Rate;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.Verdict;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import dev.millrace.testkit.contract.Books;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What jobs wait for, across leaders, and what it costs the journal. */
class FlowTest {
    private static final int MANY = 2 * Flow.TELLINGS_PER_CALL + 200;

    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private NatsPlace place;
    private Store store;
    private StoreDriver driver;
    private SessionDriver session;

    @BeforeEach
    void open() {
        place = new NatsPlace(Servers.server().url(), 1);
        store = place.open(clock, Retention.DEFAULT);
        driver = new StoreDriver(store, clock);
        session = driver.session();
    }

    @AfterEach
    void checkTheBooks() {
        List<String> faults = Books.faults(store);
        place.close();
        assertThat(faults).isEmpty();
    }

    @Test
    void an_end_tells_so_many_and_the_next_leader_tells_the_rest() {
        JobDraft parent = parentOfMany();

        session.succeed(session.take(parent.id()));
        assertThat(count(JobState.READY)).isEqualTo(Flow.TELLINGS_PER_CALL);
        lead();
        driver.sweep();
        assertThat(count(JobState.READY)).isEqualTo(2 * Flow.TELLINGS_PER_CALL);
        driver.settleDown();

        assertThat(count(JobState.READY)).isEqualTo(MANY);
        assertThat(count(JobState.BLOCKED)).isZero();
    }

    @Test
    void a_worker_goes_on_at_once_while_there_are_some_to_be_told() {
        JobDraft parent = parentOfMany();

        ClaimedJob run = session.take(parent.id());
        var reply =
                session.exchange(List.of(Settlement.of(run.run(), new Outcome.Succeeded(null))), new Claim.Nothing());

        assertThat(reply.nextDue()).isEqualTo(reply.now());
    }

    @Test
    void a_parent_that_is_deleted_before_all_are_told_has_ended_as_it_ended() {
        JobDraft parent = parentOfMany();
        session.fail(session.take(parent.id()));
        assertThat(count(JobState.CANCELLED)).isEqualTo(Flow.TELLINGS_PER_CALL);

        driver.delete(parent.id());
        lead();
        driver.settleDown();

        assertThat(count(JobState.CANCELLED)).isEqualTo(MANY);
        assertThat(verdicts()).hasSize(MANY).containsOnly(Verdict.FAILED);
    }

    @Test
    void a_parent_that_is_run_again_before_all_are_told_takes_back_what_they_heard() {
        JobDraft parent = parentOfMany();
        session.fail(session.take(parent.id()));

        driver.runAgain(parent.id());
        lead();
        driver.settleDown();

        assertThat(count(JobState.BLOCKED)).isEqualTo(MANY);
        assertThat(verdicts()).hasSize(MANY).containsOnlyNulls();
    }

    @Test
    void a_child_that_comes_while_others_are_told_hears_the_same() {
        JobDraft parent = parentOfMany();
        session.fail(session.take(parent.id()));
        JobDraft late = Jobs.work().after(parent);

        driver.offer(late);
        assertThat(driver.state(late.id())).isEqualTo(JobState.CANCELLED);
        driver.runAgain(parent.id());
        driver.settleDown();

        assertThat(driver.state(late.id())).isEqualTo(JobState.BLOCKED);
    }

    @Test
    void members_go_on_being_let_go_by_the_next_leader() {
        JobDraft head = Jobs.head();
        driver.enqueue(head);
        driver.enqueue(Jobs.many(MANY, Jobs.WORK).stream()
                .map(job -> job.member(head, "member " + job.id()))
                .toList());
        session.settle(session.claim(MANY).stream()
                .map(run -> Settlement.of(run.run(), new Outcome.Succeeded(null)))
                .toList());
        lead();
        driver.settleDown();

        assertThat(driver.state(head.id())).isEqualTo(JobState.SUCCEEDED);
        assertThat(driver.find(Filter.ALL))
                .hasSize(MANY + 1)
                .allMatch(job -> job.times().keepUntil() != null);
    }

    @Test
    void an_end_of_one_of_many_parents_writes_little() {
        List<JobDraft> parents = Jobs.many(MANY, Jobs.WORK);
        driver.enqueue(parents);
        driver.enqueue(Jobs.work().after(parents.toArray(JobDraft[]::new)));
        ClaimedJob run = session.take(parents.get(0).id());
        long before = place.bytes();

        session.succeed(run);

        assertThat(place.bytes() - before).isLessThan(1_000);
    }

    @Test
    void a_bucket_is_in_the_journal_from_its_first_token_until_it_is_full() {
        driver.limits(
                Jobs.QUEUE,
                QueueLimits.NONE
                        .withRate(new Rate(2, Duration.ofHours(1), 2))
                        .withGroup("customer", new GroupLimits(0, new Rate(1, Duration.ofHours(1), 1))));
        driver.enqueue(List.of(
                Jobs.work().group("customer", "7"), Jobs.work().group("customer", "7"), Jobs.work(), Jobs.work()));
        assertThat(session.claim(9)).hasSize(2);
        lead();

        assertThat(session.claim(9)).isEmpty();
        clock.advance(Duration.ofMinutes(61));
        driver.settleDown();
        assertThat(session.claim(9)).hasSize(2);
        clock.advance(Duration.ofHours(2));
        driver.sweep();
        long before = place.written();
        driver.sweep();

        assertThat(place.written() - before).isZero();
    }

    @Test
    void a_replaced_job_comes_back_as_what_it_was_made() {
        JobDraft first = Jobs.work().unique(replacing()).payload(new byte[] {1});
        driver.enqueue(first);
        driver.offer(Jobs.work()
                .unique(replacing())
                .payload(new byte[] {2})
                .priority(5)
                .tag("new"));
        lead();

        assertThat(session.take(first.id()).spec().payload()).containsExactly(2);
        assertThat(driver.job(first.id()).spec().priority()).isEqualTo(5);
        assertThat(driver.job(first.id()).spec().labels().tags()).containsExactly("new");
    }

    @Test
    void a_parent_may_take_the_key_of_one_that_runs_after_others_that_may_not() {
        JobDraft runs = Jobs.work().unique(replacing());
        JobDraft known = Jobs.work().unique("key of the known");
        driver.enqueue(List.of(runs, known));
        session.take(runs.id());
        session.succeed(session.take(known.id()));
        JobDraft next = Jobs.work().unique(replacing());
        JobDraft other = Jobs.work().unique("key of the known");
        JobDraft child = Jobs.work().after(next, other);

        driver.offer(List.of(Jobs.work().unique("key"), known, next, other, child));

        assertThat(driver.state(next.id())).isEqualTo(JobState.READY);
        assertThat(driver.state(other.id())).isEqualTo(JobState.READY);
        assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
    }

    @Test
    void a_member_that_has_its_time_goes_then_though_its_workflow_goes_on() {
        JobDraft head = Jobs.head();
        JobDraft ended = Jobs.work().member(head, "a").keepFor(Duration.ofMinutes(1));
        driver.enqueue(List.of(head, ended));
        session.succeed(session.take(ended.id()));
        assertThat(driver.state(head.id())).isEqualTo(JobState.SUCCEEDED);

        driver.enqueue(Jobs.work().member(head, "b"));
        assertThat(driver.state(head.id())).isEqualTo(JobState.BLOCKED);
        driver.settleDown();
        assertThat(driver.exists(ended.id())).isTrue();
        clock.advance(Duration.ofMinutes(2));
        driver.settleDown();

        assertThat(driver.exists(ended.id())).isFalse();
    }

    private static Keys.Unique replacing() {
        return new Keys.Unique("key", Keys.Conflict.REPLACE, Keys.Scope.UNFINISHED, Duration.ZERO);
    }

    /** Another instance leads from now on, by what the journal says. */
    private void lead() {
        store = place.reopen(store, clock, Retention.DEFAULT);
        driver = new StoreDriver(store, clock);
        session = driver.session();
    }

    private JobDraft parentOfMany() {
        JobDraft parent = Jobs.work();
        driver.enqueue(parent);
        driver.enqueue(Jobs.many(MANY, Jobs.WORK).stream()
                .map(child -> child.after(parent))
                .toList());
        return parent;
    }

    private List<Verdict> verdicts() {
        return store.parents(driver.find(Filter.ALL).stream().map(JobRecord::id).toList()).stream()
                .map(Dependency::verdict)
                .toList();
    }

    private long count(JobState state) {
        return store.counts().stream()
                .filter(count -> count.state() == state)
                .mapToLong(JobCount::count)
                .sum();
    }
}
