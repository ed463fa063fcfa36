package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Notes;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import dev.millrace.spi.Store;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What queues with limits cost, counted in round trips and buckets, not in time; and what comes of limits that expire. */
class ManyRatesTest {
    private static final int MANY = 100;
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Rate HOURLY = new Rate(2, HOUR, 2);
    /** What may come between: the driver prepares a text on the server once it has been used a few times. */
    private static final int TRIES = 9;

    private final String schema = Servers.NEW.schema();
    private final ManualClock clock = new ManualClock(Instant.parse("2026-01-01T00:00:00Z"));
    private CountingRelay relay;
    private Store store;
    private StoreDriver driver;
    private SessionDriver session;

    @BeforeEach
    void open() throws Exception {
        relay = new CountingRelay(Servers.NEW.server().port());
        store = Stores.open(Servers.NEW.server().url(relay.port()) + "?schema=" + schema, clock);
        driver = new StoreDriver(store, clock);
        session = driver.session();
    }

    @AfterEach
    void close() throws Exception {
        assertThat(store.verify()).isEmpty();
        store.close();
        relay.close();
        Servers.NEW.recycle(schema);
    }

    private void rates(int queues) {
        String rate = new String(QueueLimits.NONE.withRate(HOURLY).encode(), StandardCharsets.UTF_8);
        Servers.NEW.run("INSERT INTO " + schema + ".note (space, name, value, revision) SELECT '" + QueueLimits.SPACE
                + "', 'tenant-' || i, convert_to('" + rate + "', 'UTF8'), nextval('" + schema
                + ".revision') FROM generate_series(0, " + (queues - 1) + ") AS g (i) ON CONFLICT DO NOTHING");
        session.beat(); // finds that the limits are others
    }

    private static JobDraft of(int queue) {
        return Jobs.work().queue("tenant-" + queue);
    }

    /** One job is in each of the queues, and gone. */
    private void lanes(int queues) {
        List<JobDraft> jobs = new ArrayList<>();
        for (int i = 0; i < queues; i++) {
            jobs.add(of(i));
        }
        driver.enqueue(jobs);
        session.claim(queues).forEach(session::succeed);
    }

    private long idleTurns() {
        long[] turns = new long[TRIES];
        for (int i = 0; i < TRIES; i++) {
            long before = relay.turns();
            assertThat(session.claim(16)).isEmpty();
            turns[i] = relay.turns() - before;
        }
        Arrays.sort(turns);
        return turns[TRIES / 2];
    }

    private long buckets() throws SQLException {
        try (Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + schema + ".bucket")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    @Test
    void an_idle_exchange_costs_the_same_round_trips_however_many_queues_have_rates() throws Exception {
        lanes(MANY);
        rates(1);
        long few = idleTurns();

        rates(MANY);

        assertThat(idleTurns()).isLessThanOrEqualTo(few).isLessThanOrEqualTo(2);
        assertThat(buckets()).isZero();
    }

    @Test
    void a_beat_costs_the_same_round_trips_however_many_queues_have_rates() {
        lanes(MANY);
        rates(MANY);
        driver.enqueue(of(7));
        session.claim(0);
        long before = relay.turns();
        for (int i = 0; i < TRIES; i++) {
            assertThat(session.beat().claimable()).isTrue();
        }

        assertThat(relay.turns() - before).isLessThanOrEqualTo(TRIES * 3);
    }

    @Test
    void only_what_gives_a_job_has_a_bucket_until_that_is_full() throws Exception {
        lanes(MANY);
        rates(MANY);
        driver.enqueue(List.of(of(3), of(3), of(3), of(5)));

        assertThat(session.claim(16)).hasSize(3);
        assertThat(buckets()).isEqualTo(2);

        clock.advance(HOUR.multipliedBy(2));
        driver.sweep();
        assertThat(buckets()).isZero();
        assertThat(session.claim(16)).hasSize(1);
    }

    @Test
    void the_room_of_one_claim_is_for_all_queues_that_have_something() {
        rates(MANY);
        List<JobDraft> jobs = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            jobs.add(of(i % 20));
        }
        jobs.add(Jobs.work().queue("tenant-77").priority(5));
        driver.enqueue(jobs);

        assertThat(session.claim(10))
                .hasSize(10)
                .first()
                .satisfies(run -> assertThat(run.spec().queue()).isEqualTo("tenant-77"));
        assertThat(session.claim(64)).hasSize(31);
    }

    @Test
    void queues_without_a_rate_are_given_the_room_that_those_before_have_left() {
        rates(1);
        driver.enqueue(List.of(of(0), of(0), of(0)));
        List<JobDraft> others = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            others.add(Jobs.work().queue(i % 2 == 0 ? "second" : "third"));
        }
        driver.enqueue(others);

        List<ClaimedJob> claimed = session.claimFrom(12, "tenant-0", "second", "third");

        assertThat(claimed).hasSize(12);
        assertThat(claimed)
                .extracting(run -> run.spec().queue())
                .isSortedAccordingTo(
                        (one, other) -> List.of("tenant-0", "second", "third").indexOf(one)
                                - List.of("tenant-0", "second", "third").indexOf(other));
    }

    @Test
    void limits_that_expire_let_those_pass_who_waited_for_them() {
        QueueLimits one = QueueLimits.NONE.withGroup("account", new QueueLimits.GroupLimits(1, null));
        store.putNote(QueueLimits.SPACE, Jobs.QUEUE, one.encode(), Notes.ABSENT, HOUR);
        JobDraft first = Jobs.work().group("account", "k");
        JobDraft second = Jobs.work().group("account", "k");
        driver.enqueue(List.of(first, second));
        assertThat(driver.state(second.id())).isEqualTo(JobState.BLOCKED);
        driver.sweep();

        clock.advance(HOUR.plusSeconds(1));
        driver.sweep();

        assertThat(driver.state(second.id())).isEqualTo(JobState.READY);
    }
}
