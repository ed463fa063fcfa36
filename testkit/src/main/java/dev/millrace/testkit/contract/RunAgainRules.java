package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Outcome;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A job that has ended is run again by hand: through the gates, attempts anew, expiry cleared, due now. */
abstract class RunAgainRules extends ContractPart {
    private SessionDriver session;

    @BeforeEach
    void openSession() {
        session = driver.session();
    }

    @Test
    void a_failed_job_begins_anew_and_keeps_its_records() {
        UUID id = driver.enqueue(Jobs.work().priority(3).expiresIn(DAY));
        session.retry(session.claimNext(), Duration.ZERO);
        session.fail(session.claimNext());
        clock.advance(MINUTE);

        assertThat(driver.runAgain(id).done()).containsExactly(id);

        JobRecord job = driver.job(id);
        assertThat(job.state()).isEqualTo(JobState.READY);
        assertThat(job.run().attempt()).isZero();
        assertThat(job.run().token()).isEqualTo(2);
        assertThat(job.failure()).isNull();
        assertThat(job.times().expiresAt()).isNull();
        assertThat(job.times().finishedAt()).isNull();
        assertThat(job.times().keepUntil()).isNull();
        assertAbout(job.times().dueAt(), START.plus(MINUTE));
        assertThat(job.spec().priority()).isEqualTo(3);
        assertThat(driver.trail(id).runs()).hasSize(2);
        ClaimedJob again = session.claimNext();
        assertThat(again.token()).isEqualTo(3);
        assertThat(again.history().attempt()).isEqualTo(1);
    }

    @Test
    void a_succeeded_job_begins_anew_without_its_result() {
        UUID id = driver.enqueue(Jobs.work());
        session.settle(session.claimNext(), Outcomes.all().get(0));

        driver.runAgain(id);

        assertThat(driver.job(id).result()).isNull();
        session.settle(session.claimNext(), new Outcome.Succeeded(null));
        assertThat(driver.job(id).result()).isNull();
        assertThat(driver.trail(id).runs()).hasSize(2);
    }

    @Test
    void a_cancelled_job_begins_anew_without_its_reason() {
        UUID id = driver.enqueue(Jobs.work().in(HOUR));
        driver.cancel(id);

        driver.runAgain(id);

        assertThat(driver.job(id).state()).isEqualTo(JobState.READY);
        assertThat(driver.job(id).cancelReason()).isNull();
        session.succeed(session.claimNext());
        assertThat(driver.state(id)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void a_job_whose_run_was_cancelled_is_not_asked_to_stop_again() {
        UUID id = driver.enqueue(Jobs.work());
        ClaimedJob run = session.claimNext();
        driver.cancel(id);
        session.succeed(run);

        driver.runAgain(id);

        ClaimedJob again = session.claimNext();
        assertThat(session.beat().cancelled()).isEmpty();
        session.succeed(again);
        assertThat(driver.state(id)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void what_has_not_ended_cannot_be_run_again() {
        UUID ready = driver.enqueue(Jobs.work());
        UUID scheduled = driver.enqueue(Jobs.work().in(HOUR));
        UUID running = driver.enqueue(Jobs.work());
        session.take(running);

        OperationReport report = driver.runAgain(ready, scheduled, running);

        assertThat(report.done()).isEmpty();
        assertThat(report.refused()).containsOnlyKeys(ready, scheduled, running);
        assertThat(report.refused().values()).noneMatch(String::isBlank);
    }

    @Test
    void it_is_refused_while_another_job_holds_its_key() {
        UUID first = driver.enqueue(Jobs.work().unique("welcome"));
        session.fail(session.claimNext());
        UUID second = driver.enqueue(Jobs.work().unique("welcome"));

        OperationReport report = driver.runAgain(first);

        assertThat(report.done()).isEmpty();
        assertThat(report.refused()).containsOnlyKeys(first);
        assertThat(report.refused().get(first)).contains(second.toString());
        assertThat(driver.state(first)).isEqualTo(JobState.FAILED);
        driver.cancel(second);
        assertThat(driver.runAgain(first).done()).containsExactly(first);
    }

    @Test
    void it_takes_its_key_again() {
        UUID id = driver.enqueue(Jobs.work().unique("welcome"));
        session.fail(session.claimNext());

        driver.runAgain(id);

        JobDraft other = Jobs.work().unique("welcome");
        assertThat(driver.offer(other)).isEqualTo(new Answer.Duplicate(id));
    }

    @Test
    void of_two_jobs_of_one_key_run_again_together_one_is_refused() {
        UUID first = driver.enqueue(Jobs.work().unique("welcome"));
        driver.cancel(first);
        UUID second = driver.enqueue(Jobs.work().unique("welcome"));
        driver.cancel(second);

        OperationReport report = driver.runAgain(first, second);

        assertThat(report.done()).containsExactly(second);
        assertThat(report.refused()).containsOnlyKeys(first);
    }

    @Test
    void a_job_run_again_is_not_purged_for_its_earlier_end() {
        UUID id = driver.enqueue(Jobs.work().keepFor(MINUTE));
        session.fail(session.claimNext());
        driver.runAgain(id);
        clock.advance(HOUR);

        driver.sweep();

        assertThat(driver.state(id)).isEqualTo(JobState.READY);
    }
}
