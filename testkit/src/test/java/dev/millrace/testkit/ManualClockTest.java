package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class ManualClockTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private final ManualClock clock = new ManualClock(START);

    @Test
    void it_stands_still_until_it_is_moved() {
        assertThat(clock.instant()).isEqualTo(START);
        assertThat(clock.instant()).isEqualTo(START);
        assertThat(clock.millis()).isEqualTo(START.toEpochMilli());
        assertThat(clock.getZone()).isEqualTo(ZoneOffset.UTC);
    }

    @Test
    void it_advances_by_what_it_is_told() {
        assertThat(clock.advance(Duration.ofMinutes(5))).isEqualTo(START.plusSeconds(300));
        assertThat(clock.advance(Duration.ZERO)).isEqualTo(START.plusSeconds(300));

        assertThat(clock.instant()).isEqualTo(START.plusSeconds(300));
    }

    @Test
    void it_does_not_advance_backwards_and_the_refusal_says_what_does() {
        assertThatThrownBy(() -> clock.advance(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("set(Instant)");

        assertThat(clock.instant()).isEqualTo(START);
    }

    @Test
    void it_is_set_forwards_and_back() {
        clock.set(START.minusSeconds(60));
        assertThat(clock.instant()).isEqualTo(START.minusSeconds(60));

        clock.set(START.plusSeconds(60));
        assertThat(clock.instant()).isEqualTo(START.plusSeconds(60));
    }

    @Test
    void the_same_clock_in_another_zone_moves_along() {
        ManualClock inZurich = clock.withZone(ZoneId.of("Europe/Zurich"));

        clock.advance(Duration.ofHours(1));
        inZurich.advance(Duration.ofHours(1));

        assertThat(inZurich.instant()).isEqualTo(clock.instant()).isEqualTo(START.plusSeconds(7_200));
        assertThat(inZurich.getZone()).isEqualTo(ZoneId.of("Europe/Zurich"));
    }

    @Test
    void no_step_is_lost_when_many_move_it() throws Exception {
        Thread[] threads = new Thread[8];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                for (int step = 0; step < 1_000; step++) {
                    clock.advance(Duration.ofMillis(1));
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(clock.instant()).isEqualTo(START.plusSeconds(8));
    }
}
