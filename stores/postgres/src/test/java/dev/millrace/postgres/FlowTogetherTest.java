package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two stores on one database, as two processes have them, that end and claim at the same time what has to do with each other. */
class FlowTogetherTest {
    private static final int CHILDREN = 60;
    private static final int JOBS = 240;
    private static final int KEYS = 3;
    private static final int LIMIT = 2;

    private final String schema = Servers.NEW.schema();
    private final List<Store> stores = new ArrayList<>();
    private final CountDownLatch held = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newFixedThreadPool(2);

    @BeforeEach
    void open() {
        for (int i = 0; i < 2; i++) {
            stores.add(Stores.open(Servers.NEW.server().url() + "?application_name=" + schema + "&schema=" + schema));
        }
    }

    @AfterEach
    void checkTheBooks() {
        threads.shutdownNow();
        try {
            driver(0).settleDown();
            assertThat(stores.get(0).verify()).isEmpty();
        } finally {
            stores.forEach(Store::close);
            Servers.NEW.recycle(schema);
        }
    }

    private StoreDriver driver(int store) {
        return new StoreDriver(stores.get(store), new ManualClock(Instant.EPOCH));
    }

    @Test
    void the_last_of_two_parents_that_end_at_once_lets_the_child_go() throws Exception {
        List<List<JobDraft>> parents = List.of(Jobs.many(CHILDREN, "left"), Jobs.many(CHILDREN, "right"));
        List<JobDraft> all = new ArrayList<>();
        parents.forEach(all::addAll);
        IntStream.range(0, CHILDREN)
                .forEach(i -> all.add(
                        Jobs.work().after(parents.get(0).get(i), parents.get(1).get(i))));
        driver(0).enqueue(all);

        List<Future<?>> sides = new ArrayList<>();
        for (int side = 0; side < 2; side++) {
            SessionDriver session = driver(side).session("worker " + side, side == 0 ? "left" : "right");
            List<ClaimedJob> runs = new ArrayList<>(session.claim(CHILDREN));
            Collections.shuffle(runs, new Random(side));
            sides.add(threads.submit(() -> runs.forEach(session::succeed)));
        }
        for (Future<?> side : sides) {
            side.get();
        }
        driver(1).settleDown();

        assertThat(stores.get(1).counts())
                .filteredOn(count -> count.kind().equals(Jobs.WORK))
                .extracting(JobCount::state)
                .containsExactly(JobState.READY);
        assertThat(driver(1).session().claim(2 * CHILDREN)).hasSize(CHILDREN);
    }

    /** Holds a lock until one of the stores waits for it. */
    private void whileLocked(String lock) throws SQLException {
        try (Connection holder = Servers.NEW.connect();
                Connection looking = Servers.NEW.connect();
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute(lock);
            held.countDown();
            Latch.await(
                    looking,
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = '" + schema
                            + "'");
            holder.rollback();
        }
    }

    /** So the last of two that end at once sees what the other has written. */
    @Test
    void who_tells_of_an_end_locks_the_child_even_if_it_goes_on_waiting() throws Exception {
        JobDraft left = Jobs.work();
        JobDraft right = Jobs.plain("right");
        JobDraft child = Jobs.plain("child").after(left, right);
        driver(0).enqueue(List.of(left, right, child));
        SessionDriver session = driver(0).session();
        ClaimedJob run = session.claimNext();
        Future<?> settling = threads.submit(() -> {
            held.await();
            return session.succeed(run);
        });

        whileLocked("SELECT 1 FROM " + schema + ".job WHERE id = '" + child.id() + "' FOR UPDATE");

        settling.get();
        assertThat(driver(1).state(child.id())).isEqualTo(JobState.BLOCKED);
    }

    @Test
    void a_place_is_given_away_under_the_lock_of_its_group() throws Exception {
        JobDraft first = Jobs.work().serial("k");
        JobDraft second = Jobs.work().serial("k");
        driver(0).enqueue(List.of(first, second));
        SessionDriver session = driver(0).session();
        ClaimedJob run = session.claimNext();
        Future<?> settling = threads.submit(() -> {
            held.await();
            session.succeed(run);
            while (driver(0).state(second.id()) == JobState.BLOCKED) {
                driver(0).sweep();
            }
            return true;
        });

        whileLocked("SELECT 1 FROM " + schema + ".group FOR UPDATE");

        settling.get();
        assertThat(driver(1).state(second.id())).isEqualTo(JobState.READY);
    }

    /** Who looks at a group that is not in use drops its row: what comes for it meanwhile must not be forgotten with it. */
    @Test
    void who_comes_to_a_gate_while_the_row_of_the_group_is_dropped_is_let_through() throws Exception {
        JobDraft first = Jobs.work().serial("k");
        JobDraft second = Jobs.work().serial("k");
        driver(0).enqueue(List.of(first));
        SessionDriver session = driver(0).session();
        ClaimedJob run = session.claimNext();
        String waiting =
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = '" + schema + "'";

        try (Connection dropping = Servers.NEW.connect();
                Connection looking = Servers.NEW.connect();
                Statement statement = dropping.createStatement()) {
            dropping.setAutoCommit(false);
            statement.execute("SELECT 1 FROM " + schema + ".group FOR UPDATE");
            Future<?> settling = threads.submit(() -> session.succeed(run));
            Latch.await(looking, waiting);
            Future<?> coming = threads.submit(() -> driver(1).enqueue(List.of(second)));
            Latch.await(looking, waiting + " OFFSET 1");
            assertThat(statement.executeUpdate("DELETE FROM " + schema + ".group"))
                    .isEqualTo(1);
            dropping.commit();
            settling.get();
            coming.get();
        }

        driver(1).settleDown();
        assertThat(driver(1).state(second.id())).isEqualTo(JobState.READY);
    }

    @Test
    void a_job_at_a_gate_that_is_open_and_that_nobody_will_look_at_is_found() {
        JobDraft first = Jobs.work().serial("k");
        JobDraft second = Jobs.work().serial("k");
        driver(0).enqueue(List.of(first, second));
        assertThat(stores.get(0).verify()).isEmpty();
        Servers.NEW.run("UPDATE " + schema + ".slot SET stage = 2 WHERE id = '" + first.id() + "'");

        assertThat(stores.get(0).verify())
                .contains("job " + second.id() + " is BLOCKED by a group that has a free place");

        Servers.NEW.run("UPDATE " + schema + ".slot SET stage = 1 WHERE id = '" + first.id() + "'");
    }

    @Test
    void no_more_of_a_key_run_at_once_than_its_limit_says() throws Exception {
        stores.get(0)
                .putNote(
                        QueueLimits.SPACE,
                        Jobs.QUEUE,
                        QueueLimits.NONE
                                .withGroup("customer", new GroupLimits(LIMIT, null))
                                .encode(),
                        Notes.ABSENT,
                        null);
        List<JobDraft> drafts = IntStream.range(0, JOBS)
                .mapToObj(i -> Jobs.work().group("customer", "" + i % KEYS))
                .toList();
        driver(0).enqueue(drafts);
        ConcurrentHashMap<String, AtomicInteger> running = new ConcurrentHashMap<>();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();

        List<Future<?>> workers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            StoreDriver driver = driver(i);
            workers.add(threads.submit(() -> work(driver, running, most, done)));
        }
        for (Future<?> worker : workers) {
            worker.get();
        }

        assertThat(most).hasValueLessThanOrEqualTo(LIMIT).hasPositiveValue();
        assertThat(done).hasValue(JOBS);
    }

    private static void work(
            StoreDriver driver,
            ConcurrentHashMap<String, AtomicInteger> running,
            AtomicInteger most,
            AtomicInteger done) {
        SessionDriver session = driver.session();
        long end = System.nanoTime() + 120_000_000_000L;
        while (done.get() < JOBS && System.nanoTime() - end < 0) {
            List<ClaimedJob> runs = session.claim(3);
            for (ClaimedJob run : runs) {
                most.accumulateAndGet(ofKey(running, run).incrementAndGet(), Math::max);
            }
            for (ClaimedJob run : runs) {
                ofKey(running, run).decrementAndGet();
                session.settle(List.of(Settlement.of(run.run(), new Outcome.Succeeded(null))));
                done.incrementAndGet();
            }
        }
    }

    private static AtomicInteger ofKey(ConcurrentHashMap<String, AtomicInteger> running, ClaimedJob run) {
        String key = Objects.requireNonNull(run.spec().keys().group()).key();
        return running.computeIfAbsent(key, any -> new AtomicInteger());
    }
}
