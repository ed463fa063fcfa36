package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.spi.Beat;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.spi.Sweep;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a failover may leave: entries of indexes whose jobs are gone, and sessions that their home does not know. */
class OrphanTest {
    private static final byte[] NOBODY = Pack.id16(new UUID(7, 7));

    private final String prefix = "orphans" + UUID.randomUUID();
    private final UUID session = UUID.randomUUID();
    private Store store;
    private RedisClient client;
    private RedisCommands<byte[], byte[]> redis;
    private StatefulRedisConnection<byte[], byte[]> connection;
    private long exchange;

    @BeforeEach
    void open() {
        store = Stores.open(TestServer.shared().address() + "?partitions=3&prefix=" + prefix);
        client = RedisClient.create(TestServer.shared().address());
        connection = client.connect(ByteArrayCodec.INSTANCE);
        redis = connection.sync();
        store.openSession(new SessionOpening(session, "worker", "{}"));
    }

    @AfterEach
    void close() {
        store.close();
        connection.close();
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    }

    @Test
    void entries_without_jobs_are_dropped_and_hold_nothing_up() {
        enqueue("a", "b", "c", "d", "e", "f");
        for (int number = 0; number < 3; number++) {
            for (String index : List.of("due", "expiring", "succeeded", "failed", "cancelled")) {
                redis.zadd(key(number, index), 1, NOBODY);
            }
            redis.sadd(Partition.of(prefix, number).key('w', session), NOBODY);
            redis.zadd(
                    key(number, "r:1"),
                    1,
                    new Pack(35).raw(new byte[19]).raw(NOBODY).bytes());
        }

        store.sweep(new Sweep(Duration.ofSeconds(30), 100));
        assertThat(store.beat(new Beat(session, "{}", List.of())).held()).isEmpty();
        List<ClaimedJob> claimed = claim(100).claimed();

        assertThat(claimed).hasSize(6);
        for (int number = 0; number < 3; number++) {
            for (String index : List.of("due", "expiring", "succeeded", "failed", "cancelled")) {
                assertThat(redis.zcard(key(number, index))).as(index).isZero();
            }
        }
    }

    @Test
    void a_session_that_its_home_has_lost_is_adopted_by_a_sweep_and_lives_on() {
        enqueue("a", "b", "c", "d", "e", "f");
        assertThat(claim(100).claimed()).hasSize(6);
        redis.srem(key(0, "sessions"), Pack.id16(session));
        redis.srem(key(0, "open"), Pack.id16(session));
        byte[] record = new Pack(64).raw(key(0, "session:")).id(session).bytes();
        assertThat(redis.del(record)).isEqualTo(1);
        assertThat(store.sessions()).isEmpty();

        store.sweep(new Sweep(Duration.ofSeconds(30), 100));

        assertThat(store.sessions()).singleElement().satisfies(OrphanTest::isOurs);
        assertThat(store.beat(new Beat(session, "{}", List.of())).open()).isTrue();
    }

    @Test
    void a_call_that_arrives_a_second_time_claims_nothing() {
        enqueue("a", "b");
        assertThat(claim(1).claimed()).hasSize(1);
        exchange--;

        assertThatThrownBy(() -> claim(1))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("twice");
        assertThat(store.beat(new Beat(session, "{}", List.of())).held()).hasSize(1);
    }

    @Test
    void a_session_closed_at_home_claims_nowhere() {
        enqueue("a", "b", "c", "d", "e", "f");
        store.closeSession(session);
        for (int number = 1; number < 3; number++) {
            redis.sadd(key(number, "open"), Pack.id16(session));
        }

        ExchangeReply all = claim(100);
        Claim.Queues one = new Claim.Queues.InOrder(List.of("a", "b", "c", "d", "e", "f"));
        ExchangeReply some = exchange(new Claim.Next(one, Set.of("work"), -1_000, 100, 1));

        assertThat(List.of(all.open(), some.open())).containsOnly(false);
        assertThat(all.claimed()).isEmpty();
        assertThat(some.claimed()).isEmpty();
        assertThat(store.counts())
                .allMatch(count -> count.state() == JobState.READY)
                .hasSize(6);
    }

    private static void isOurs(SessionRecord record) {
        assertThat(record.worker()).isEqualTo("worker");
        assertThat(record.closedAt()).isNull();
    }

    private void enqueue(String... queues) {
        for (String queue : queues) {
            store.enqueue(List.of(NewJob.now(JobSpec.plain(UUID.randomUUID(), "work", queue, new byte[1]))));
        }
    }

    private ExchangeReply claim(int limit) {
        return exchange(new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of("work"), -1_000, limit, 1));
    }

    private ExchangeReply exchange(Claim claim) {
        return store.exchange(new Exchange(session, ++exchange, List.of(), claim));
    }

    private byte[] key(int number, String index) {
        return Partition.of(prefix, number).key(index);
    }
}
