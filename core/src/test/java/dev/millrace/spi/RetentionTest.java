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

    @Test
    void each_part_can_be_changed_by_itself() {
        Retention retention = Retention.DEFAULT
                .keepSucceeded(Duration.ofHours(1))
                .keepCancelled(Duration.ofHours(2))
                .keepFailed(Duration.ofHours(3))
                .atMost(4);

        assertThat(retention)
                .isEqualTo(new Retention(Duration.ofHours(1), Duration.ofHours(2), Duration.ofHours(3), 4));
        assertThat(Retention.DEFAULT.atMost(4).failed()).isEqualTo(Duration.ofDays(30));
    }
}
