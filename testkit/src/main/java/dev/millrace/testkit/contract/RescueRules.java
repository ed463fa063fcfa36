package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A session that was silent for a lease is closed, and its jobs go back; one that is heard of is left alone. */
abstract class RescueRules extends ContractPart {
    private static final Duration NEARLY_A_LEASE = LEASE.minusSeconds(5);
    private static final Duration OVER_A_LEASE = LEASE.plusSeconds(5);

    /** Sweeps have gone on for a while before each test, as they do where workers live. */
    @BeforeEach
    void sweepsGoOn() {
        driver.sweep();
        driver.sweepFor(LEASE.plus(LEASE));
    }

    @Test
    void a_silent_session_is_left_alone_for_a_lease_and_closed_then() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        session.claimNext();

        driver.sweepFor(NEARLY_A_LEASE);
        assertThat(driver.state(id)).isEqualTo(JobState.RUNNING);
        assertThat(driver.sessionRecord(session).closedAt()).isNull();
        driver.sweepFor(OVER_A_LEASE.minus(NEARLY_A_LEASE));
        assertThat(driver.sessionRecord(session).closedAt()).isNotNull();
        assertThat(session.beat().open()).isFalse();

        JobRecord job = driver.job(id);
        assertThat(job.state()).isEqualTo(JobState.READY);
        assertThat(job.run().session()).isNull();
        assertThat(job.run().attempt()).isZero();
        assertThat(job.run().rescues()).isEqualTo(1);
        assertThat(job.failure()).isNull();
    }

    @Test
    void a_session_that_beats_keeps_its_jobs() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        ClaimedJob run = session.claimNext();

        driver.sweepFor(LEASE.multipliedBy(5), session);

        assertThat(driver.job(id).run().session()).isEqualTo(session.id());
        session.succeed(run);
        assertThat(driver.state(id)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void a_dead_session_takes_no_living_one_with_it() {
        List<UUID> jobs = driver.enqueue(Jobs.many(2, Jobs.WORK));
        SessionDriver living = driver.session();
        SessionDriver dead = driver.session();
        living.take(jobs.get(0));
        dead.take(jobs.get(1));

        driver.sweepFor(OVER_A_LEASE, living);

        assertThat(driver.state(jobs.get(0))).isEqualTo(JobState.RUNNING);
        assertThat(driver.state(jobs.get(1))).isEqualTo(JobState.READY);
        assertThat(living.beat().open()).isTrue();
    }

    @Test
    void claims_of_a_session_that_was_closed_go_back_with_the_next_sweep() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        session.claimNext();
        session.close();

        SweepReport report = driver.sweep();

        assertThat(report.rescued()).isEqualTo(1);
        assertThat(driver.state(id)).isEqualTo(JobState.READY);
        assertThat(driver.job(id).run().rescues()).isEqualTo(1);
    }

    @Test
    void rescue_is_bounded_and_says_that_there_is_more() {
        driver.enqueue(Jobs.many(25, Jobs.WORK));
        SessionDriver session = driver.session();
        session.claim(25);
        session.close();

        int rescued = 0;
        int sweeps = 0;
        boolean more = true;
        while (more && sweeps++ < 20) {
            SweepReport report = store.sweep(new Sweep(LEASE, 10));
            assertThat(report.rescued()).isBetween(0, 10);
            rescued += report.rescued();
            more = report.more();
        }

        assertThat(rescued).isEqualTo(25);
        assertThat(driver.session().claim(99)).hasSize(25);
    }

    @Test
    void a_rescued_job_whose_cancellation_was_asked_for_is_cancelled() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        session.claimNext();
        driver.cancel(id);

        driver.sweepFor(OVER_A_LEASE);

        assertThat(driver.state(id)).isEqualTo(JobState.CANCELLED);
        assertThat(driver.job(id).cancelReason()).isEqualTo(CancelReason.REQUESTED);
    }

    @Test
    void a_rescued_job_that_has_expired_meanwhile_is_cancelled() {
        UUID id = driver.enqueue(Jobs.work().expiresIn(Duration.ofSeconds(10)));
        driver.session().claimNext();

        driver.sweepFor(OVER_A_LEASE);

        assertThat(driver.state(id)).isEqualTo(JobState.CANCELLED);
        assertThat(driver.job(id).cancelReason()).isEqualTo(CancelReason.EXPIRED);
    }

    @Test
    void after_a_pause_in_sweeping_living_sessions_have_a_lease_to_report() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        session.claimNext();

        clock.advance(Duration.ofMinutes(10));
        driver.sweep();
        assertThat(driver.state(id)).isEqualTo(JobState.RUNNING);
        driver.sweepFor(NEARLY_A_LEASE);
        assertThat(driver.state(id)).isEqualTo(JobState.RUNNING);
        assertThat(session.beat().open()).isTrue();
        driver.sweepFor(NEARLY_A_LEASE);

        assertThat(driver.state(id)).isEqualTo(JobState.RUNNING);
    }

    @Test
    void after_a_pause_in_sweeping_the_dead_are_found_when_a_lease_has_passed() {
        UUID id = driver.enqueue(Jobs.work());
        driver.session().claimNext();

        clock.advance(Duration.ofMinutes(10));
        driver.sweep();
        driver.sweepFor(OVER_A_LEASE);

        assertThat(driver.state(id)).isEqualTo(JobState.READY);
    }

    @Test
    void a_pause_is_noticed_whichever_view_sweeps() {
        UUID id = driver.enqueue(Jobs.work());
        driver.session().claimNext();
        var second = secondView();

        clock.advance(Duration.ofMinutes(10));
        driver.sweep();
        second.sweep();
        driver.sweep();

        assertThat(driver.state(id)).isEqualTo(JobState.RUNNING);
    }

    @Test
    void sweeps_by_another_view_are_no_pause() {
        UUID id = driver.enqueue(Jobs.work());
        driver.session().claimNext();

        secondView().sweepFor(NEARLY_A_LEASE);
        clock.advance(Duration.ofSeconds(10));
        driver.sweep();

        assertThat(driver.state(id)).isEqualTo(JobState.READY);
    }
}
