package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.ExchangeReply;
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
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Claims from queues with a rate while others are at the same buckets, and children whose parents others have. */
class BucketsTest {
    private static final Duration HOUR = Duration.ofHours(1);
    /** A token takes half an hour. */
    private static final QueueLimits HOURLY = QueueLimits.NONE.withRate(new Rate(2, HOUR, 2));

    private final String schema = Servers.NEW.schema();
    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final InterruptedClock interrupted = new InterruptedClock(clock);
    private Store store;
    private StoreDriver driver;
    private SessionDriver session;

    @BeforeEach
    void open() {
        store = Stores.open(Servers.NEW.server().url() + "?schema=" + schema, interrupted);
        driver = new StoreDriver(store, clock);
        session = driver.session();
    }

    @AfterEach
    void close() {
        assertThat(store.verify()).isEmpty();
        store.close();
        Servers.NEW.recycle(schema);
    }

    /** Lets something happen right after one of the looks at it. */
    private static final class InterruptedClock extends Clock {
        private final Clock clock;
        private int looks;
        private Runnable interruption = () -> {};

        InterruptedClock(Clock clock) {
            this.clock = clock;
        }

        void at(int look, Runnable happens) {
            looks = look;
            interruption = happens;
        }

        @Override
        public Instant instant() {
            Instant told = clock.instant();
            if (looks > 0 && --looks == 0) {
                interruption.run();
            }
            return told;
        }

        @Override
        public ZoneId getZone() {
            return clock.getZone();
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return clock.withZone(zone);
        }
    }

    private static JobDraft of(String queue) {
        return Jobs.work().queue(queue);
    }

    private long number(String query) throws SQLException {
        try (Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static long sum(Map<String, Long> numbers) {
        return numbers.values().stream().mapToLong(each -> each).sum();
    }

    @Test
    void a_bucket_that_another_empties_after_a_look_at_the_clock_is_not_filled_again() {
        driver.limits("a", HOURLY);
        driver.limits("b", HOURLY);
        SessionDriver other = driver.session();
        boolean emptied = true;
        int times = 0;
        for (int look = 1; emptied; look++) {
            clock.advance(HOUR.multipliedBy(3));
            driver.enqueue(List.of(of("a"), of("b"), of("b"), of("b"), of("b"), of("b")));
            List<ClaimedJob> meanwhile = new ArrayList<>();
            AtomicBoolean came = new AtomicBoolean();
            interrupted.at(look, () -> {
                came.set(true);
                clock.advance(HOUR.dividedBy(2));
                meanwhile.addAll(other.claimFrom(16, "b"));
            });
            session.claim(16);
            interrupted.at(0, () -> {});
            emptied = came.get();

            clock.advance(HOUR.dividedBy(4));
            List<ClaimedJob> after = other.claimFrom(16, "b");
            if (meanwhile.size() == 2) {
                times++;
                assertThat(after).as("after the look number %s", look).isEmpty();
            }
        }
        assertThat(times).isPositive();
    }

    @Test
    void a_bucket_that_another_has_locked_holds_up_nobody() throws Exception {
        driver.limits("a", HOURLY);
        driver.enqueue(List.of(of("a"), of("a"), of("b")));
        assertThat(session.claimFrom(1, "a")).hasSize(1);
        try (Connection stuck = Servers.NEW.connect();
                Statement statement = stuck.createStatement()) {
            stuck.setAutoCommit(false);
            statement.execute("SELECT 1 FROM " + schema + ".bucket WHERE queue = 'a' FOR UPDATE");

            ExchangeReply reply = session.exchange(List.of(), session.next(new Claim.Queues.AllBut(Set.of()), 16));

            assertThat(reply.claimed()).extracting(run -> run.spec().queue()).containsExactly("b");
            assertThat(reply.nextDue()).isBetween(reply.now(), reply.now().plusSeconds(1));
            stuck.rollback();
        }
        assertThat(session.claim(16)).hasSize(1);
    }

    @Test
    void what_was_rescued_is_claimed_from_every_queue_that_has_some() {
        List<String> queues = List.of("a", "b", "c");
        queues.forEach(queue -> driver.limits(queue, HOURLY));
        driver.enqueue(List.of(of("b"), of("c")));
        assertThat(driver.session().claim(2)).hasSize(2);
        driver.letDie();
        clock.advance(HOUR);
        driver.enqueue(of("a").priority(5));
        SessionDriver alive = driver.session();

        ExchangeReply reply = alive.exchange(List.of(), alive.next(new Claim.Queues.AllBut(Set.of()), 4));

        assertThat(reply.claimed()).extracting(run -> run.spec().queue()).containsExactlyInAnyOrderElementsOf(queues);
    }

    @Test
    void queues_in_order_start_in_order_whichever_have_a_rate_and_whatever_the_priorities() {
        driver.limits("a", HOURLY);
        driver.limits("c", HOURLY);
        driver.enqueue(List.of(of("a"), of("b").priority(5), of("c").priority(9), of("d").priority(12)));

        assertThat(session.claimFrom(4, "a", "b", "c", "d"))
                .extracting(run -> run.spec().queue())
                .containsExactly("a", "b", "c", "d");
    }

    @Test
    void jobs_that_others_have_locked_do_not_hide_those_behind_them() throws Exception {
        driver.limits("a", HOURLY);
        driver.enqueue(Jobs.many(30, Jobs.WORK).stream()
                .map(job -> job.queue("a").priority(1))
                .toList());
        JobDraft behind = of("a");
        driver.enqueue(behind);
        try (Connection locks = Servers.NEW.connect();
                Statement statement = locks.createStatement()) {
            locks.setAutoCommit(false);
            statement.execute("SELECT 1 FROM " + schema + ".job WHERE priority = 1 FOR UPDATE");

            assertThat(session.claimFrom(2, "a"))
                    .extracting(run -> run.spec().id())
                    .containsExactly(behind.id());
            locks.rollback();
        }
    }

    @Test
    void a_claim_reads_little_more_than_it_takes_however_many_wait() throws Exception {
        driver.limits("a", QueueLimits.NONE.withRate(new Rate(1_000, HOUR, 1_000)));
        List<JobDraft> jobs = new ArrayList<>();
        for (int i = 0; i < 800; i++) {
            jobs.add(Jobs.plain("kind-" + i % 4).queue("a"));
        }
        driver.enqueue(jobs);
        store.close();
        long before = sum(RowsRead.of(Servers.NEW, schema));
        store = Stores.open(Servers.NEW.server().url() + "?schema=" + schema, interrupted);
        driver = new StoreDriver(store, clock);
        SessionDriver all = driver.session("all", "kind-0", "kind-1", "kind-2", "kind-3");
        for (int i = 0; i < 20; i++) {
            assertThat(all.claimFrom(1, "a")).hasSize(1);
        }
        store.close();

        assertThat(sum(RowsRead.of(Servers.NEW, schema)) - before).isLessThan(20 * 200);
        store = Stores.open(Servers.NEW.server().url() + "?schema=" + schema, interrupted);
    }

    @Test
    void a_look_reads_the_buckets_of_queues_that_have_something_ready() throws Exception {
        driver.limits("a", HOURLY);
        driver.enqueue(List.of(of("a"), of("a")));
        assertThat(session.claimFrom(1, "a")).hasSize(1);
        Servers.NEW.run("INSERT INTO " + schema + ".bucket SELECT 'tenant-' || i, 4102444800000000"
                + " FROM generate_series(1, 5000) AS g (i); ANALYZE " + schema + ".bucket");
        store.close();
        long before = sum(RowsRead.ofBuckets(Servers.NEW, schema));
        store = Stores.open(Servers.NEW.server().url() + "?schema=" + schema, interrupted);
        driver = new StoreDriver(store, clock);
        assertThat(driver.session().claimFrom(1, "a")).hasSize(1);
        driver.session().beat();
        store.close();

        assertThat(sum(RowsRead.ofBuckets(Servers.NEW, schema)) - before).isLessThan(100);
        store = Stores.open(Servers.NEW.server().url() + "?schema=" + schema, interrupted);
    }

    @Test
    void children_of_a_parent_that_another_has_locked_are_not_written_again_while_they_wait() throws Exception {
        JobDraft parent = Jobs.work();
        driver.enqueue(parent);
        ClaimedJob run = session.take(parent.id());
        try (Connection handler = Servers.NEW.connect()) {
            handler.setAutoCommit(false);
            store.transactions()
                    .orElseThrow()
                    .join(handler)
                    .succeed(Settlement.of(run.run(), new Outcome.Succeeded(null)));
            List<JobDraft> children = new ArrayList<>();
            Jobs.many(1_200, "child").forEach(child -> children.add(child.after(parent)));
            driver.enqueue(children);
            long before = number("SELECT last_value FROM " + schema + ".outbox_seq_seq");

            for (int i = 0; i < 4; i++) {
                assertThat(session.claim(1)).isEmpty();
            }

            assertThat(number("SELECT last_value FROM " + schema + ".outbox_seq_seq"))
                    .isEqualTo(before);
            handler.commit();
        }
        driver.settleDown();
        assertThat(number("SELECT count(*) FROM " + schema + ".outbox")).isZero();
    }
}
