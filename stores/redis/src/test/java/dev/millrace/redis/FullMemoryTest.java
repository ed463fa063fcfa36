package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Beat;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Retention;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.spi.Sweep;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.server.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that has reached its maxmemory takes no jobs, and gets out of it by itself. */
class FullMemoryTest {
    @TempDir
    Path folder;

    @Test
    void a_full_oldest_server_settles_and_retention_makes_room() {
        try (RedisServer server = RedisServer.oldest(folder)) {
            check(server);
        }
    }

    @Test
    void a_full_current_server_settles_and_retention_makes_room() {
        try (RedisServer server = RedisServer.system(folder)) {
            check(server);
        }
    }

    private static void check(RedisServer server) {
        ManualClock clock = new ManualClock(Instant.now());
        StoreConfig config = new StoreConfig(StoreAddress.parse(server.address()), clock, Retention.DEFAULT);
        UUID session = UUID.randomUUID();
        try (Store store = new RedisProvider().open(config)) {
            store.openSession(new SessionOpening(session, "worker", "{}"));
            store.enqueue(jobs(100));
            Claim claim = new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of("work"), -1_000, 100, 1);
            List<ClaimedJob> claimed =
                    store.exchange(new Exchange(session, 1, List.of(), claim)).claimed();
            server.ask("CONFIG SET maxmemory 1000000");
            assertThatThrownBy(() -> store.enqueue(jobs(1)))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("maxmemory");

            List<Settlement> settlements = claimed.stream()
                    .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                    .toList();
            assertThat(store.beat(new Beat(session, "{}", List.of())).open()).isTrue();
            assertThat(store.exchange(new Exchange(session, 2, settlements, new Claim.Nothing()))
                            .answers())
                    .hasSize(100)
                    .containsOnly(SettleAnswer.APPLIED);
            clock.advance(Duration.ofDays(2));
            assertThat(store.sweep(new Sweep(Duration.ofSeconds(30), 1_000)).purged())
                    .isEqualTo(100);
            assertThat(store.verify()).isEmpty();
        }
    }

    private static List<NewJob> jobs(int count) {
        return IntStream.range(0, count)
                .mapToObj(any -> NewJob.now(JobSpec.plain(UUID.randomUUID(), "work", "default", new byte[10_000])))
                .toList();
    }
}
