package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Micros;
import dev.millrace.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The server's time, as far as messages tell of it. */
class ServerClockTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private final ManualClock manual = new ManualClock(START);
    private final ServerClock clock = new ServerClock(manual);

    @Test
    void a_difference_that_the_way_of_the_message_explains_is_none() {
        clock.learn(START, START.plusMillis(10), Micros.of(START.plusMillis(3)));

        assertThat(clock.now()).isEqualTo(START);
    }

    @Test
    void a_known_difference_outlasts_a_message_that_took_long() {
        clock.learn(START, START, Micros.of(START.plusSeconds(40)));
        assertThat(clock.sure()).isTrue();

        clock.learn(START, START.plusSeconds(60), Micros.of(START.plusSeconds(50)));

        assertThat(clock.now()).isEqualTo(START.plusSeconds(40));
        assertThat(clock.sure()).isFalse();
    }

    @Test
    void time_does_not_step_back_by_a_little_and_follows_a_clock_that_was_set() {
        clock.learn(START, START, Micros.of(START.plusMillis(300)));
        assertThat(clock.now()).isEqualTo(START.plusMillis(300));

        clock.learn(START, START, Micros.of(START));
        assertThat(clock.now()).isEqualTo(START.plusMillis(300));

        clock.learn(START, START, Micros.of(START.minus(Duration.ofHours(1))));
        assertThat(clock.now()).isEqualTo(START.minus(Duration.ofHours(1)));
    }
}
