package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Operation;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Unique keys whose home is another partition than their job's. */
class DistantKeyTest {
    private static final UUID NEVER_STORED = UUID.randomUUID();

    private final String prefix = "keys" + UUID.randomUUID();
    private final ManualClock clock = new ManualClock(Instant.now());
    private final Partitions partitions = new Partitions(prefix, 3);
    private Store store;
    private RedisClient client;
    private StatefulRedisConnection<byte[], byte[]> connection;
    private RedisCommands<byte[], byte[]> redis;
    private String home;
    private String away;
    private JobSpec spec;

    @BeforeEach
    void open() {
        String address = TestServer.shared().address() + "?partitions=3&prefix=" + prefix;
        store = new RedisProvider().open(new StoreConfig(StoreAddress.parse(address), clock, Retention.DEFAULT));
        client = RedisClient.create(TestServer.shared().address());
        connection = client.connect(ByteArrayCodec.INSTANCE);
        redis = connection.sync();
        spec = job("x").spec();
        Partition keys = partitions.of(Specs.unique(spec));
        for (int i = 0; home == null || away == null; i++) {
            if (partitions.ofQueue("q" + i).equals(keys)) {
                home = "q" + i;
            } else {
                away = "q" + i;
            }
        }
    }

    @AfterEach
    void close() {
        store.close();
        connection.close();
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    }

    @Test
    void a_reservation_that_never_became_a_job_holds_its_key_for_a_lease_only() {
        reserved(NEVER_STORED, partitions.ofQueue(away));

        NewJob first = job(home);
        assertThat(store.enqueue(List.of(first))).containsExactly(new Answer.Duplicate(NEVER_STORED));
        clock.advance(Duration.ofSeconds(31));
        assertThat(store.enqueue(List.of(first)))
                .containsExactly(new Answer.Stored(first.spec().id()));
        assertThat(store.verify()).isEmpty();
    }

    @Test
    void a_burned_job_is_told_who_has_its_key_and_stored_once_the_key_is_free() {
        NewJob late = job(away);
        reserved(late.spec().id(), partitions.ofQueue(away));
        clock.advance(Duration.ofSeconds(31));
        NewJob first = job(home);
        store.enqueue(List.of(first));

        assertThat(store.enqueue(List.of(late)))
                .containsExactly(new Answer.Duplicate(first.spec().id()));
        operate(new Operation.Cancel(), first.spec().id());
        assertThat(store.enqueue(List.of(late)))
                .containsExactly(new Answer.Stored(late.spec().id()));
        assertThat(store.verify()).isEmpty();
    }

    @Test
    void a_late_letter_of_an_earlier_end_does_not_free_the_key_of_a_job_that_is_run_again() {
        NewJob job = job(away);
        UUID id = job.spec().id();
        store.enqueue(List.of(job));
        byte[] outbox = partitions.ofQueue(away).key("outbox");
        byte[] letter = redis.get(partitions.ofQueue(away).key('q', id));
        operate(new Operation.Cancel(), id);
        operate(new Operation.RunAgain(), id);
        redis.hset(outbox, Pack.id16(id), letter);

        assertThat(store.verify()).isEmpty();
        assertThat(store.enqueue(List.of(job(home)))).containsExactly(new Answer.Duplicate(id));
        operate(new Operation.Cancel(), id);
        assertThat(store.verify()).isEmpty();
        assertThat(store.get(List.of(id))).allMatch(found -> found.state() == JobState.CANCELLED);
    }

    @Test
    void a_reservation_made_anew_while_another_takes_the_old_one_keeps_its_key() {
        NewJob late = job(away);
        reserved(late.spec().id(), partitions.ofQueue(away));
        clock.advance(Duration.ofSeconds(31));
        try (Server server = server()) {
            UniqueKeys other = new UniqueKeys(server, partitions);
            NewJob second = job(home);
            UniqueKeys.Holder found = ask(other, second);

            assertThat(found.old()).isTrue();
            assertThat(other.burned(found)).isTrue();
            assertThat(store.enqueue(List.of(late)))
                    .containsExactly(new Answer.Stored(late.spec().id()));
            other.free(found, Specs.unique(spec));

            assertThat(store.enqueue(List.of(second)))
                    .containsExactly(new Answer.Duplicate(late.spec().id()));
        }
        assertThat(store.verify()).isEmpty();
    }

    @Test
    void a_job_run_again_while_another_takes_its_old_key_keeps_it() {
        NewJob ended = job(away);
        UUID id = ended.spec().id();
        store.enqueue(List.of(ended));
        operate(new Operation.Cancel(), id);
        reserved(id, partitions.ofQueue(away)); // as long as its letter is under way
        clock.advance(Duration.ofSeconds(31));
        try (Server server = server()) {
            UniqueKeys other = new UniqueKeys(server, partitions);
            NewJob second = job(home);
            UniqueKeys.Holder found = ask(other, second);

            assertThat(found.old()).isTrue();
            assertThat(other.burned(found)).isTrue();
            operate(new Operation.RunAgain(), id);
            other.free(found, Specs.unique(spec));

            assertThat(store.enqueue(List.of(second))).containsExactly(new Answer.Duplicate(id));
        }
        assertThat(store.verify()).isEmpty();
    }

    @Test
    void what_was_reserved_anew_lapses_as_well_when_it_is_late_again() {
        NewJob late = job(away);
        try (Server server = server()) {
            UniqueKeys keys = new UniqueKeys(server, partitions);
            UniqueKeys.Holder first = ask(keys, late);
            clock.advance(Duration.ofSeconds(31));
            assertThat(keys.takenFrom(first, Specs.unique(spec))).isTrue();
            UniqueKeys.Holder anew = keys.revive(late.spec());
            clock.advance(Duration.ofSeconds(31));
            NewJob second = job(home);
            assertThat(store.enqueue(List.of(second)))
                    .containsExactly(new Answer.Stored(second.spec().id()));

            assertThat(anew.since()).isGreaterThan(first.since());
            assertThat(keys.burned(anew)).as("known to have lapsed").isTrue();
            assertThat(store.enqueue(List.of(late)))
                    .containsExactly(new Answer.Duplicate(second.spec().id()));
        }
        assertThat(store.verify()).isEmpty();
    }

    /** What another client finds that wants the key for its job. */
    private static UniqueKeys.Holder ask(UniqueKeys keys, NewJob wanting) {
        return keys.ask(List.of(Reservation.first(wanting.spec()))).get(0);
    }

    private Server server() {
        Settings settings = Settings.of(StoreAddress.parse(TestServer.shared().address() + "?prefix=" + prefix));
        return new Server(settings, new RedisErrors(settings), clock);
    }

    private void operate(Operation operation, UUID id) {
        assertThat(store.operate(operation, Filter.ids(Set.of(id)), null, 10).done())
                .containsExactly(id);
    }

    private void reserved(UUID id, Partition lives) {
        long now = clock.instant().toEpochMilli() * 1_000;
        byte[] holder =
                new Pack(64).id(id).whole(now).u16(lives.number()).whole(0).bytes();
        redis.hset(partitions.of(Specs.unique(spec)).key("unique"), Specs.unique(spec), holder);
    }

    private static NewJob job(String queue) {
        return Jobs.work().queue(queue).unique("key").newJob();
    }
}
