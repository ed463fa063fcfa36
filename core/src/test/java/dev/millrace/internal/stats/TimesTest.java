package dev.millrace.internal.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

    @Test
    void two_add_up_to_what_one_would_have_measured() {
        Times one = new Times();
        Times two = new Times();
        for (int i = 1; i <= 1_000; i++) {
            (i % 3 == 0 ? one : two).add(i * 10_000L);
            times.add(i * 10_000L);
        }

        one.add(two);

        assertThat(one.summary()).isEqualTo(times.summary());
        assertThat(one.count()).isEqualTo(1_000);
    }

    @Test
    void what_is_written_as_text_is_read_as_it_was() {
        for (long nanos = 1_000; nanos < 10_000_000_000_000L; nanos *= 3) {
            times.add(nanos);
        }

        Times read = Times.decode(times.encode());

        assertThat(read.summary().p95()).isEqualTo(times.summary().p95());
        assertThat(read.summary().mean()).isCloseTo(times.summary().mean(), Duration.ofNanos(1));
        assertThat(read.encode()).isEqualTo(times.encode());
        assertThat(Times.decode(new Times().encode()).summary()).isEqualTo(WorkerStats.Time.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1 5", "1 5:", "1 -1:2", "1 264:2", "1 5:x"})
    void what_is_no_histogram_is_refused(String text) {
        assertThatThrownBy(() -> Times.decode(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void what_is_new_outweighs_what_is_old_once_old_values_fade() {
        for (int i = 0; i < 100_000; i++) {
            times.add(1_000_000);
        }
        times.fade(1_000);
        for (int i = 0; i < 1_000; i++) {
            times.add(100_000_000);
        }

        assertThat(times.count()).isLessThanOrEqualTo(2_000);
        assertThat(times.summary().p95()).isGreaterThanOrEqualTo(Duration.ofMillis(100));
        assertThat(times.summary().mean()).isGreaterThan(Duration.ofMillis(40));
    }

    @Test
    void the_mean_stays_while_values_fade() {
        for (int i = 0; i < 10_000; i++) {
            times.add(1_000_000);
        }

        times.fade(100);

        assertThat(times.count()).isLessThanOrEqualTo(100).isPositive();
        assertThat(times.summary().mean()).isCloseTo(Duration.ofMillis(1), Duration.ofNanos(10_000));
    }
}
