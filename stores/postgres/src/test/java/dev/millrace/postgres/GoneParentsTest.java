package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Store;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Children that came in a transaction of the application's, and whose parents are gone before they can be looked for. */
class GoneParentsTest {
    /** Longer than anything is kept. */
    private static final Duration LONG = Duration.ofDays(60);

    private final String schema = Servers.NEW.schema();
    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private Store store;
    private StoreDriver driver;
    private SessionDriver session;

    @BeforeEach
    void open() {
        store = Stores.open(Servers.NEW.server().url() + "?socket_timeout=5m&schema=" + schema, clock);
        driver = new StoreDriver(store, clock);
        session = driver.session();
    }

    @AfterEach
    void checkTheBooks() {
        try {
            driver.settleDown();
            assertThat(store.verify()).isEmpty();
        } finally {
            store.close();
            Servers.NEW.recycle(schema);
        }
    }

    private JobDraft succeeded() {
        JobDraft parent = Jobs.work();
        driver.enqueue(parent);
        session.succeed(session.take(parent.id()));
        return parent;
    }

    private JobDraft failed() {
        JobDraft parent = Jobs.work();
        driver.enqueue(parent);
        session.settle(session.take(parent.id()), new Outcome.Failed(Failure.of("broken", "it broke")));
        return parent;
    }

    @FunctionalInterface
    private interface Meanwhile {
        void run() throws Exception;
    }

    private void enqueueWithin(JobDraft child, Meanwhile beforeCommit) throws Exception {
        try (Connection connection = Servers.NEW.connect()) {
            connection.setAutoCommit(false);
            store.transactions().orElseThrow().join(connection).enqueue(List.of(child.newJob()));
            beforeCommit.run();
            connection.commit();
        }
    }

    private List<Verdict> verdicts(JobDraft child) {
        return store.parents(List.of(child.id())).stream()
                .map(Dependency::verdict)
                .toList();
    }

    @Test
    void one_that_succeeded_lets_its_child_pass_though_it_was_deleted() throws Exception {
        JobDraft parent = succeeded();
        JobDraft child = Jobs.work().after(parent);

        enqueueWithin(child, () -> {});
        driver.delete(parent.id());

        assertThat(session.claim(10))
                .singleElement()
                .satisfies(run -> assertThat(run.spec().id()).isEqualTo(child.id()));
        assertThat(verdicts(child)).containsExactly(Verdict.SUCCEEDED);
    }

    @Test
    void ones_that_retention_took_before_the_commit_count_as_they_had_ended() throws Exception {
        JobDraft good = succeeded();
        JobDraft bad = failed();
        JobDraft child = Jobs.plain("child").after(good).after(Wish.END, bad);
        JobDraft repair = Jobs.plain("child").after(Wish.FAILURE, bad);

        enqueueWithin(
                child,
                () -> enqueueWithin(repair, () -> {
                    clock.advance(LONG);
                    driver.sweep();
                    assertThat(store.get(List.of(good.id(), bad.id()))).isEmpty();
                }));
        driver.settleDown();

        assertThat(verdicts(child)).containsExactly(Verdict.SUCCEEDED, Verdict.FAILED);
        assertThat(driver.state(child.id())).isEqualTo(JobState.READY);
        assertThat(driver.state(repair.id())).isEqualTo(JobState.READY);
    }

    @Test
    void one_that_was_deleted_before_it_ended_counts_as_cancelled() throws Exception {
        JobDraft parent = Jobs.work();
        driver.enqueue(parent);
        JobDraft child = Jobs.plain("child").after(parent);

        enqueueWithin(child, () -> driver.delete(parent.id()));
        driver.settleDown();

        assertThat(verdicts(child)).containsExactly(Verdict.CANCELLED);
        assertThat(driver.state(child.id())).isEqualTo(JobState.CANCELLED);
    }
}
