package dev.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JobExceptionsTest {
    private static final UUID ID = UUID.fromString("018f0000-0000-7000-8000-000000000001");

    @Test
    void a_failed_job_says_what_it_failed_with_and_what_to_do() {
        Failure failure = Failure.of("java.io.IOException", "no route");

        JobFailedException e = new JobFailedException(ID, "mail", failure, 3);

        assertThat(e).hasMessageContainingAll(ID.toString(), "mail", "3 attempts", "no route", "retried by hand");
        assertThat(e.failure()).isEqualTo(failure);
        assertThat(new JobFailedException(ID, "mail", failure, 1)).hasMessageContaining("1 attempt:");
    }

    @ParameterizedTest
    @EnumSource
    void a_cancelled_job_says_why(CancelReason reason) {
        JobCancelledException e = new JobCancelledException(ID, "mail", reason);

        assertThat(e).hasMessageMatching("job " + ID + " \\(mail\\) .+\\. .+");
        assertThat(e.reason()).isEqualTo(reason);
    }

    @ParameterizedTest
    @EnumSource
    void a_wait_that_was_too_short_says_where_the_job_stands(JobState state) {
        AwaitTimeoutException e = new AwaitTimeoutException(ID, "mail", Duration.ofSeconds(5), state);

        assertThat(e).hasMessageContainingAll(ID.toString(), "mail", state.name(), "after waiting for 5 s");
        assertThat(e.state()).isEqualTo(state);
    }

    @ParameterizedTest
    @EnumSource
    void an_interrupted_run_says_why(JobInterrupted.Reason reason) {
        JobInterrupted e = new JobInterrupted(ID, reason);

        assertThat(e).hasMessageContaining(ID.toString());
        assertThat(e.reason()).isEqualTo(reason);
    }

    @Test
    void a_snooze_costs_no_stack_trace() {
        Snooze snooze = new Snooze(Duration.ofSeconds(3));

        assertThat(snooze.getStackTrace()).isEmpty();
        assertThat(snooze.delay()).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void delays_are_not_negative() {
        assertThat(new Snooze(Duration.ZERO).delay()).isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> new Snooze(Duration.ofNanos(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> new RetryAfter("later", Duration.ofNanos(-1)));
        assertThat(new ResultExpiredException(ID)).hasMessageContainingAll(ID.toString(), "keepFor");
    }
}
