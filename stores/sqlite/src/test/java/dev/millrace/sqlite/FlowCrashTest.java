package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one process has begun to do for other jobs, another goes on with. */
class FlowCrashTest {
    private static final int CHILDREN = 3 * Outbox.BATCH + 100;

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("jobs.db");
    }

    private static StoreDriver driver(Store store) {
        return new StoreDriver(store, new ManualClock(Instant.now()));
    }

    private static List<NewJob> times(int count, JobDraft parent) {
        return Stream.generate(() -> Jobs.work().after(parent).newJob())
                .limit(count)
                .toList();
    }

    private static long count(Store store, JobState state) {
        return store.counts().stream()
                .filter(count -> count.state() == state)
                .mapToLong(JobCount::count)
                .sum();
    }

    @Test
    void children_that_a_killed_process_did_not_come_to_are_released_by_another() throws Exception {
        try (Store store = Stores.open(file, "");
                OtherProcess other = OtherProcess.start(file)) {
            JobDraft parent = Jobs.work();
            store.enqueue(List.of(parent.newJob()));
            store.enqueue(times(CHILDREN, parent));

            other.tell("claim");
            other.tell("succeed");
            other.kill();

            assertThat(count(store, JobState.READY)).as("released with the end").isEqualTo(Outbox.BATCH);
            assertThat(count(store, JobState.BLOCKED)).isEqualTo(CHILDREN - Outbox.BATCH);
            driver(store).settleDown();
            assertThat(count(store, JobState.READY)).isEqualTo(CHILDREN);
            assertThat(store.verify()).isEmpty();
        }
    }

    @Test
    void a_parent_that_is_run_again_before_all_were_told_of_its_end_holds_all_of_them_back() throws Exception {
        try (Store store = Stores.open(file, "")) {
            JobDraft parent = Jobs.work();
            store.enqueue(List.of(parent.newJob()));
            store.enqueue(times(CHILDREN, parent));
            StoreDriver driver = driver(store);
            SessionDriver session = driver.session();
            session.fail(session.take(parent.id()));
            assertThat(count(store, JobState.CANCELLED)).isEqualTo(Outbox.BATCH);

            driver.runAgain(parent.id());
            driver.settleDown();
            assertThat(count(store, JobState.BLOCKED)).isEqualTo(CHILDREN);
            session.succeed(session.take(parent.id()));
            driver.settleDown();

            assertThat(count(store, JobState.READY)).isEqualTo(CHILDREN);
            assertThat(store.verify()).isEmpty();
        }
    }

    @Test
    void a_deleted_parent_tells_those_that_it_had_not_come_to() throws Exception {
        try (Store store = Stores.open(file, "")) {
            JobDraft parent = Jobs.work();
            store.enqueue(List.of(parent.newJob()));
            store.enqueue(times(CHILDREN, parent));
            StoreDriver driver = driver(store);
            SessionDriver session = driver.session();
            session.succeed(session.take(parent.id()));

            driver.delete(parent.id());
            driver.settleDown();

            assertThat(count(store, JobState.READY)).isEqualTo(CHILDREN);
            assertThat(store.verify()).isEmpty();
        }
    }

    @Test
    void a_head_that_is_deleted_lets_thousands_of_members_go_and_leaves_nothing_behind() {
        try (Store store = Stores.open(file, "")) {
            JobDraft head = Jobs.head();
            List<JobDraft> members = Stream.generate(() -> Jobs.work().member(head, "m"))
                    .limit(CHILDREN)
                    .toList();
            store.enqueue(Stream.concat(Stream.of(head), members.stream())
                    .map(JobDraft::newJob)
                    .toList());
            StoreDriver driver = driver(store);
            SessionDriver session = driver.session();
            session.settle(session.claim(CHILDREN - 1).stream()
                    .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                    .toList());
            assertThat(driver.job(members.get(0).id()).times().keepUntil()).isNull();

            driver.delete(head.id());
            driver.settleDown();

            assertThat(store.page(Filter.ALL.withStates(Set.of(JobState.SUCCEEDED)), null, CHILDREN)
                            .jobs())
                    .hasSize(CHILDREN - 1)
                    .allMatch(job -> job.times().keepUntil() != null);
            assertThat(store.parents(List.of(head.id()))).isEmpty();
            assertThat(store.verify()).isEmpty();
        }
    }

    @Test
    void limits_that_another_process_writes_count_after_the_next_beat() {
        try (Store store = Stores.open(file, "");
                Store second = Stores.open(file, "")) {
            StoreDriver driver = driver(store);
            SessionDriver session = driver.session();
            driver.enqueue(Jobs.many(9, Jobs.WORK));
            assertThat(session.claim(1)).hasSize(1);

            driver(second).limits(Jobs.QUEUE, QueueLimits.NONE.withRate(new Rate(3, Duration.ofDays(1), 3)));
            session.beat();
            assertThat(session.claim(9)).hasSize(3);
            assertThat(session.beat().claimable()).isFalse();
            driver(second).noLimits(Jobs.QUEUE);
            session.beat();

            assertThat(session.claim(9)).hasSize(5);
        }
    }
}
