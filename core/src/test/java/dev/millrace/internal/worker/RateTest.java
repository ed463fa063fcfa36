package dev.millrace.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateTest {
    private static final long SECOND = 1_000_000_000L;

    private final Rate rate = new Rate();

    @Test
    void nothing_happened_is_zero() {
        assertThat(rate.perSecond(5 * SECOND)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000 * SECOND, -1_000 * SECOND, Long.MAX_VALUE - 200 * SECOND})
    void a_steady_rate_is_told_wherever_the_clock_began(long start) {
        for (int second = 0; second < 100; second++) {
            for (int i = 0; i < 7; i++) {
                rate.add(start + second * SECOND + i);
            }
        }

        assertThat(rate.perSecond(start + 99 * SECOND + 100)).isEqualTo(7.0);
    }

    @Test
    void at_first_it_is_the_rate_since_the_beginning() {
        for (int i = 0; i < 30; i++) {
            rate.add(10 * SECOND);
        }

        assertThat(rate.perSecond(10 * SECOND)).isEqualTo(30.0);
        assertThat(rate.perSecond(12 * SECOND)).isEqualTo(10.0);
    }

    @Test
    void what_is_long_past_does_not_count() {
        for (int i = 0; i < 300; i++) {
            rate.add(0);
        }
        rate.add(20 * SECOND);

        assertThat(rate.perSecond(29 * SECOND)).isEqualTo(301 / 30.0);
        assertThat(rate.perSecond(30 * SECOND)).isEqualTo(1 / 30.0);
        assertThat(rate.perSecond(1_000_000 * SECOND)).isZero();
    }
}
