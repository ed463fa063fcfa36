package dev.millrace.cli.locks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MomentTest {
    private static final Moment BEGIN = new Moment(Long.MAX_VALUE - 5, 1_000);

    @Test
    void a_suspended_machine_counts_by_the_wall_clock() {
        Moment resumed = new Moment(BEGIN.nanos() + 3, BEGIN.millis() + 60_000);

        assertThat(BEGIN.passed(resumed)).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void a_wall_clock_that_is_set_back_takes_no_time_back() {
        Moment later = new Moment(BEGIN.nanos() + 2_000_000_000L, BEGIN.millis() - 60_000);

        assertThat(BEGIN.passed(later)).isEqualTo(Duration.ofSeconds(2));
    }
}
