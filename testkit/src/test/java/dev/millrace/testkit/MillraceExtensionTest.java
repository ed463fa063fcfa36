package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(MillraceExtension.class)
class MillraceExtensionTest {
    private static final JobType<String, String> SHOUT = JobType.of("shout", String.class, String.class);

    @Test
    void a_test_gets_a_millrace_that_goes_by_its_clock(Millrace millrace, ManualClock clock) throws Exception {
        try (Worker worker = millrace.worker()
                .handle(SHOUT, (word, job) -> word.toUpperCase(Locale.ROOT))
                .build()) {
            var handle = millrace.enqueue(SHOUT.with("later").in(Duration.ofHours(1)));
            assertThat(worker.drain()).isZero();

            clock.advance(Duration.ofHours(1));

            assertThat(worker.drain()).isEqualTo(1);
            assertThat(handle.state()).isEqualTo(JobState.SUCCEEDED);
        }
    }

    @Test
    void each_test_begins_at_the_start(ManualClock clock) {
        assertThat(clock.instant()).isEqualTo(MillraceExtension.START);
    }
}
