package dev.millrace.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class NanosTest {

    @Test
    void a_duration_is_so_many_nanoseconds() {
        assertThat(Nanos.of(Duration.ofMillis(3))).isEqualTo(3_000_000);
        assertThat(Nanos.of(Duration.ofDays(36_500)))
                .isEqualTo(Duration.ofDays(36_500).toNanos());
    }

    @Test
    void what_cannot_be_waited_for_is_forever_and_can_be_added_to_a_time() {
        long forever = Nanos.of(Duration.ofSeconds(Long.MAX_VALUE));

        assertThat(forever).isGreaterThan(Duration.ofDays(36_500).toNanos());
        assertThat(System.nanoTime() + forever - System.nanoTime()).isPositive();
    }

    @Test
    void what_is_over_is_not_waited_for() {
        assertThat(Nanos.of(Duration.ofSeconds(Long.MIN_VALUE))).isZero();
    }
}
