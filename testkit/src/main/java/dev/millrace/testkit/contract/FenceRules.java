package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An outcome applies only while its job is RUNNING under its token: once, and never from a run that lost its job. */
abstract class FenceRules extends ContractPart {
    private SessionDriver session;
    private UUID id;
    private ClaimedJob run;

    @BeforeEach
    void claim() {
        session = driver.session();
        id = driver.enqueue(Jobs.work());
        run = session.claimNext();
    }

    @Test
    void an_outcome_told_again_changes_nothing_and_is_answered_already() {
        session.retry(run, HOUR);
        JobRecord before = driver.job(id);
        clock.advance(MINUTE);

        assertThat(session.retry(run, HOUR)).isEqualTo(SettleAnswer.ALREADY);

        assertThat(driver.job(id)).usingRecursiveComparison().isEqualTo(before);
        assertThat(driver.trail(id).runs()).hasSize(1);
    }

    @Test
    void every_recorded_outcome_told_again_is_answered_already() {
        for (Outcome outcome : Outcomes.recorded()) {
            ClaimedJob job = session.take(driver.enqueue(Jobs.work()));

            assertThat(session.settle(job, outcome)).as("first %s", outcome).isEqualTo(SettleAnswer.APPLIED);
            assertThat(session.settle(job, outcome)).as("second %s", outcome).isEqualTo(SettleAnswer.ALREADY);
        }
    }

    @Test
    void an_outcome_told_again_is_answered_already_even_while_the_next_run_is_under_way() {
        session.retry(run, Duration.ZERO);
        session.claimNext();

        assertThat(session.retry(run, Duration.ZERO)).isEqualTo(SettleAnswer.ALREADY);

        assertThat(driver.state(id)).isEqualTo(JobState.RUNNING);
        assertThat(driver.job(id).run().token()).isEqualTo(2);
    }

    @Test
    void another_outcome_of_the_same_run_is_stale() {
        session.fail(run);
        JobRecord before = driver.job(id);

        assertThat(session.succeed(run)).isEqualTo(SettleAnswer.STALE);

        assertThat(driver.job(id)).usingRecursiveComparison().isEqualTo(before);
    }

    @Test
    void an_outcome_of_an_earlier_run_is_stale_while_a_later_one_is_under_way() {
        session.handBack(run);
        session.claimNext();

        assertThat(session.succeed(run)).isEqualTo(SettleAnswer.STALE);

        assertThat(driver.state(id)).isEqualTo(JobState.RUNNING);
    }

    @Test
    void an_outcome_of_a_run_that_never_was_is_stale() {
        UUID ready = driver.enqueue(Jobs.work());
        String queue = run.spec().queue();

        for (RunRef none : List.of(
                new RunRef(id, queue, 2),
                new RunRef(id, queue, 0),
                new RunRef(ready, queue, 0),
                new RunRef(ready, queue, 1),
                new RunRef(Jobs.newId(), queue, 1))) {
            assertThat(session.settle(Settlement.of(none, new Outcome.Succeeded(null))))
                    .isEqualTo(SettleAnswer.STALE);
        }

        assertThat(driver.state(id)).isEqualTo(JobState.RUNNING);
        assertThat(driver.state(ready)).isEqualTo(JobState.READY);
    }

    @Test
    void an_outcome_of_a_deleted_job_is_stale() {
        session.succeed(run);
        driver.delete(id);

        assertThat(session.succeed(run)).isEqualTo(SettleAnswer.STALE);
        assertThat(driver.exists(id)).isFalse();
    }

    @Test
    void a_stale_outcome_leaves_neither_progress_nor_log() {
        session.handBack(run);
        session.claimNext();

        session.settle(new Settlement(
                run.run(),
                new Outcome.Succeeded(null),
                SECOND,
                new Report(new Progress(1, 2, "half"), List.of(new LogLine(START, "from the past")))));

        assertThat(driver.job(id).run().progress()).isEqualTo(Progress.NONE);
        assertThat(driver.trail(id).log()).isEmpty();
    }

    @Test
    void a_job_frozen_past_its_lease_cannot_be_settled() {
        driver.letDie();
        assertThat(driver.state(id)).isEqualTo(JobState.READY);

        assertThat(session.succeed(run)).isEqualTo(SettleAnswer.STALE);

        assertThat(driver.state(id)).isEqualTo(JobState.READY);
    }

    @Test
    void a_session_frozen_past_its_lease_takes_nothing_from_the_new_owner() {
        driver.letDie();
        SessionDriver other = driver.session("other", Jobs.WORK);
        ClaimedJob rerun = other.claimNext();

        assertThat(session.succeed(run)).isEqualTo(SettleAnswer.STALE);
        assertThat(session.beat().open()).isFalse();
        assertThat(session.beat().held()).isEmpty();

        assertThat(driver.job(id).run().session()).isEqualTo(other.id());
        assertThat(other.succeed(rerun)).isEqualTo(SettleAnswer.APPLIED);
    }

    @Test
    void a_closed_session_may_still_settle_what_was_not_taken_back() {
        session.close();

        assertThat(session.succeed(run)).isEqualTo(SettleAnswer.APPLIED);

        assertThat(driver.state(id)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void tokens_grow_across_running_again() {
        session.succeed(run);
        driver.runAgain(id);

        assertThat(session.claimNext().token()).isEqualTo(2);
        assertThat(session.succeed(run)).isEqualTo(SettleAnswer.ALREADY);
        assertThat(driver.state(id)).isEqualTo(JobState.RUNNING);
    }
}
