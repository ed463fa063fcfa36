package dev.millrace.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.WorkerStats;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimesTest {
    private final Times times = new Times();

    @Test
    void nothing_measured_is_nothing() {
        assertThat(times.summary()).isEqualTo(WorkerStats.Time.NONE);
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 9, 15, 16, 100, 1_000, 12_345, 999_999, 60_000_000, 3_600_000_000L})
    void a_percentile_is_never_too_low_and_at_most_an_eighth_too_high(long micros) {
        times.add(Duration.ofNanos(micros * 1_000).toNanos());

        long p95 = times.summary().p95().toNanos() / 1_000;

        assertThat(p95).isGreaterThanOrEqualTo(micros).isLessThanOrEqualTo(micros + micros / 8 + 1);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 999, 1_000, 1_999, 3_500, 7_999})
    void the_shortest_are_told_to_within_two_microseconds(long nanos) {
        times.add(nanos);

        assertThat(times.summary().p95().toNanos())
                .isGreaterThanOrEqualTo(nanos)
                .isLessThanOrEqualTo(nanos + 2_000);
    }

    @Test
    void what_is_longer_than_can_be_told_is_counted_all_the_same() {
        times.add(Long.MAX_VALUE);

        assertThat(times.summary().p95()).isGreaterThan(Duration.ofHours(1));
    }

    @Test
    void ninety_five_of_a_hundred_took_no_longer() {
        for (int i = 1; i <= 100; i++) {
            times.add(Duration.ofMillis(i).toNanos());
        }

        assertThat(times.summary().p95()).isBetween(Duration.ofMillis(95), Duration.ofMillis(107));
        assertThat(times.summary().mean()).isEqualTo(Duration.ofNanos(50_500_000));
    }

    @Test
    void a_few_that_took_long_do_not_show_in_it() {
        for (int i = 0; i < 96; i++) {
            times.add(Duration.ofMillis(1).toNanos());
        }
        for (int i = 0; i < 4; i++) {
            times.add(Duration.ofHours(1).toNanos());
        }

        assertThat(times.summary().p95()).isLessThan(Duration.ofMillis(2));
    }
}
