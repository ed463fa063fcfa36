package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Operation;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Retention;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.Sweep;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Names of lanes and counts by state last as long as there are jobs. */
class LaneTest {
    private final String prefix = "lanes" + UUID.randomUUID();
    private final ManualClock clock = new ManualClock(Instant.now());
    private final UUID session = UUID.randomUUID();
    private Store store;
    private long exchange;
    private RedisClient client;
    private StatefulRedisConnection<String, String> redis;

    @BeforeEach
    void open() {
        StoreAddress address = StoreAddress.parse(TestServer.shared().address() + "?prefix=" + prefix);
        store = new RedisProvider().open(new StoreConfig(address, clock, Retention.DEFAULT));
        store.openSession(new SessionOpening(session, "worker", "{}"));
        client = RedisClient.create(TestServer.shared().address());
        redis = client.connect();
    }

    @AfterEach
    void close() {
        store.close();
        redis.close();
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    }

    @Test
    void lanes_of_a_hundred_queues_go_with_their_last_jobs() {
        store.enqueue(jobs());
        assertThat(redis.sync().hlen(key("lanes"))).isEqualTo(100);
        settle(claim());
        assertThat(store.counts()).hasSize(100);

        clock.advance(Duration.ofDays(2));
        store.sweep(new Sweep(Duration.ofSeconds(30), 1_000));

        assertThat(store.counts()).isEmpty();
        assertNothingLeft();
        assertThat(store.verify()).isEmpty();
    }

    @Test
    void counts_that_have_become_zero_go_and_a_lane_with_a_job_left_stays() {
        NewJob deleted = Jobs.work().newJob();
        NewJob kept = Jobs.work().newJob();
        store.enqueue(List.of(deleted, kept));
        settle(claim());
        assertThat(redis.sync().hlen(key("counts"))).as("SUCCEEDED alone").isEqualTo(1);

        delete(deleted);
        assertThat(store.counts()).singleElement().extracting(JobCount::count).isEqualTo(1L);
        delete(kept);
        assertNothingLeft();

        store.enqueue(List.of(Jobs.work().newJob()));
        assertThat(claim()).hasSize(1);
    }

    @Test
    void jobs_that_are_known_already_make_no_lane() {
        NewJob job = Jobs.work().newJob();
        store.enqueue(List.of(job));
        delete(job);

        store.enqueue(List.of(job));

        assertNothingLeft();
    }

    private void assertNothingLeft() {
        for (String index : List.of("lanes", "names", "counts", "live")) {
            assertThat(redis.sync().exists(key(index))).as(index).isZero();
        }
    }

    private static List<NewJob> jobs() {
        return IntStream.range(0, 100)
                .mapToObj(i -> Jobs.work().queue("queue" + i).newJob())
                .toList();
    }

    private List<ClaimedJob> claim() {
        Claim next = new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1_000, 500, 1);
        return store.exchange(new Exchange(session, ++exchange, List.of(), next))
                .claimed();
    }

    private void settle(List<ClaimedJob> jobs) {
        List<Settlement> outcomes = jobs.stream()
                .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                .toList();
        store.exchange(new Exchange(session, ++exchange, outcomes, new Claim.Nothing()));
    }

    private void delete(NewJob job) {
        assertThat(store.operate(
                                new Operation.Delete(),
                                Filter.ids(Set.of(job.spec().id())),
                                null,
                                10)
                        .done())
                .hasSize(1);
    }

    private String key(String index) {
        return "{" + prefix + ":0}:" + index;
    }
}
