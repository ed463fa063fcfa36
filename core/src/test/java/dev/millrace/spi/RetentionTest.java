package dev.millrace.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetentionTest {
    private static final Duration DAY = Duration.ofDays(1);

    @Test
    void nothing_of_it_may_be_negative() {
        assertThatThrownBy(() -> new Retention(DAY.negated(), DAY, DAY, 1)).hasMessageContaining("may be negative");
        assertThatThrownBy(() -> new Retention(DAY, DAY.negated(), DAY, 1)).hasMessageContaining("may be negative");
        assertThatThrownBy(() -> new Retention(DAY, DAY, DAY.negated(), 1)).hasMessageContaining("may be negative");
        assertThatThrownBy(() -> new Retention(DAY, DAY, DAY, -1)).hasMessageContaining("may be negative");
    }

    @Test
    void keeping_nothing_is_allowed() {
        assertThat(new Retention(Duration.ZERO, Duration.ZERO, Duration.ZERO, 0).most())
                .isZero();
    }
}
