package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.server.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that cannot be reached is tried again after pauses. */
class LineTest {
    /** Some may find the connection lost before a new one is tried; most have pauses before them. */
    private static final int CALLS = 8;

    @TempDir
    Path folder;

    @Test
    void pauses_double_up_to_the_longest_and_are_spread_by_half() {
        assertThat(Line.pause(1, 1)).isEqualTo(Line.SHORTEST_PAUSE);
        assertThat(Line.pause(1, 0)).isEqualTo(Line.SHORTEST_PAUSE.dividedBy(2));
        assertThat(Line.pause(2, 1)).isEqualTo(Line.SHORTEST_PAUSE.multipliedBy(2));
        assertThat(Line.pause(4, 1)).isEqualTo(Line.SHORTEST_PAUSE.multipliedBy(8));
        assertThat(Line.pause(1_000_000, 1)).isEqualTo(Line.LONGEST_PAUSE);
        assertThat(Line.pause(1_000_000, 0)).isEqualTo(Line.LONGEST_PAUSE.dividedBy(2));
    }

    @Test
    void calls_during_an_outage_wait_out_the_pauses_and_the_first_after_it_succeeds() {
        try (RedisServer server = RedisServer.system(folder);
                Store store = Stores.open(server.address())) {
            server.process().kill();
            long began = System.nanoTime();
            for (int call = 0; call < CALLS; call++) {
                assertThatThrownBy(store::counts).isInstanceOf(StoreUnavailableException.class);
            }
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            server.process().start();

            assertThat(store.counts()).isEmpty();
            assertThat(took)
                    .isGreaterThanOrEqualTo(Line.pause(1, 0)
                            .plus(Line.pause(2, 0))
                            .plus(Line.pause(3, 0))
                            .plus(Line.pause(4, 0)));
        }
    }
}
