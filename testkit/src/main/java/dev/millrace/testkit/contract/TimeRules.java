package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The store's time decides: what falls due, when, and what a jumping clock does to it. */
abstract class TimeRules extends ContractPart {
    private static final Instant YEAR_9999 = Instant.parse("9999-12-31T23:59:59Z");

    @Test
    void a_due_job_is_claimed_without_a_sweep() {
        UUID job = driver.enqueue(Jobs.work().in(HOUR));
        SessionDriver session = driver.session();
        clock.advance(HOUR.plus(SECOND));

        assertThat(session.claimNext().spec().id()).isEqualTo(job);
    }

    @Test
    void an_exchange_promotes_due_jobs_of_kinds_it_does_not_take() {
        UUID job = driver.enqueue(Jobs.plain("other").in(HOUR));
        SessionDriver session = driver.session();
        clock.advance(HOUR.plus(SECOND));

        session.exchange(List.of(), new Claim.Nothing());

        assertThat(driver.state(job)).isEqualTo(JobState.READY);
    }

    @Test
    void a_sweep_promotes_due_jobs_and_no_others() {
        UUID due = driver.enqueue(Jobs.work().in(HOUR));
        UUID later = driver.enqueue(Jobs.work().in(HOUR.plus(MINUTE)));
        clock.advance(HOUR.plus(SECOND));

        SweepReport report = driver.sweep();

        assertThat(report.promoted()).isEqualTo(1);
        assertThat(report.more()).isFalse();
        assertThat(driver.state(due)).isEqualTo(JobState.READY);
        assertThat(driver.state(later)).isEqualTo(JobState.SCHEDULED);
    }

    @Test
    void a_sweep_is_bounded_and_says_that_there_is_more() {
        driver.enqueue(
                Jobs.many(25, Jobs.WORK).stream().map(job -> job.in(MINUTE)).toList());
        clock.advance(HOUR);

        assertThat(store.sweep(new Sweep(LEASE, 10)).promoted()).isEqualTo(10);
        SweepReport second = store.sweep(new Sweep(LEASE, 10));
        assertThat(second.promoted()).isEqualTo(10);
        assertThat(second.more()).isTrue();
        SweepReport last = store.sweep(new Sweep(LEASE, 10));
        assertThat(last.promoted()).isEqualTo(5);
        assertThat(last.more()).isFalse();
    }

    @Test
    void promoting_leaves_the_due_time() {
        UUID job = driver.enqueue(Jobs.work().in(HOUR));
        Instant due = driver.job(job).times().dueAt();
        clock.advance(HOUR.multipliedBy(2));

        driver.sweep();

        assertThat(driver.job(job).times().dueAt()).isEqualTo(due);
    }

    @Test
    void an_exchange_tells_exactly_when_the_next_job_falls_due() {
        SessionDriver session = driver.session();
        assertThat(idle(session).nextDue()).isNull();

        driver.enqueue(Jobs.work());
        assertThat(idle(session).nextDue()).isNull();
        UUID later = driver.enqueue(Jobs.plain("other").queue("elsewhere").in(HOUR.plusMillis(123)));
        assertThat(idle(session).nextDue()).isEqualTo(driver.job(later).times().dueAt());
        UUID sooner = driver.enqueue(Jobs.work().in(MINUTE.plusMillis(456)));
        assertThat(idle(session).nextDue()).isEqualTo(driver.job(sooner).times().dueAt());
        driver.cancel(sooner);
        assertThat(idle(session).nextDue()).isEqualTo(driver.job(later).times().dueAt());
        clock.advance(HOUR.plus(MINUTE));
        assertThat(idle(session).nextDue()).isNull();
    }

    @Test
    void the_next_due_time_counts_what_the_same_exchange_settled() {
        driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        var run = session.claimNext();

        session.retry(run, HOUR);

        assertThat(idle(session).nextDue())
                .isEqualTo(driver.job(run.spec().id()).times().dueAt());
    }

    @Test
    void times_are_kept_to_the_microsecond_rounded_down() {
        UUID job = driver.enqueue(Jobs.work().at(START.plus(HOUR).plusNanos(123_456_789)));

        assertThat(driver.job(job).times().dueAt()).isEqualTo(START.plus(HOUR).plusNanos(123_456_000));
    }

    @Test
    void a_job_due_in_the_year_9999_is_kept_until_then() {
        UUID due = driver.enqueue(Jobs.work().at(YEAR_9999));
        UUID expires = driver.enqueue(Jobs.work().in(HOUR).expiresAt(YEAR_9999).keepFor(Duration.ofDays(3_000_000)));
        SessionDriver session = driver.session();

        assertThat(driver.job(due).times().dueAt()).isEqualTo(YEAR_9999);
        assertThat(driver.job(expires).times().expiresAt()).isEqualTo(YEAR_9999);
        session.fail(session.take(expires));
        assertAbout(driver.job(expires).times().keepUntil(), START.plus(Duration.ofDays(3_000_000)));
        assertThat(idle(session).nextDue()).isEqualTo(YEAR_9999);
        clock.set(YEAR_9999.plusSeconds(1));
        assertThat(session.claim(9)).extracting(run -> run.spec().id()).containsExactly(due);
    }

    @Test
    void a_delay_of_a_thousand_years_is_kept_by_every_sort_of_delay() {
        Duration millennium = Duration.ofDays(365_250);
        UUID enqueued = driver.enqueue(Jobs.work().in(millennium));
        SessionDriver session = driver.session();
        UUID retried = driver.enqueue(Jobs.work());
        session.retry(session.claimNext(), millennium);
        UUID snoozed = driver.enqueue(Jobs.work());
        session.snooze(session.claimNext(), millennium);

        for (UUID job : List.of(enqueued, retried, snoozed)) {
            assertAbout(driver.job(job).times().dueAt(), START.plus(millennium));
        }
    }

    @Test
    void a_clock_set_back_leaves_ready_jobs_ready_and_loses_nothing() {
        UUID before = driver.enqueue(Jobs.work());
        UUID waiting = driver.enqueue(Jobs.work().in(HOUR));
        clock.set(START.minus(DAY));
        UUID after = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();

        assertThat(session.claim(9)).extracting(run -> run.spec().id()).containsExactlyInAnyOrder(before, after);
        assertThat(driver.state(waiting)).isEqualTo(JobState.SCHEDULED);
        clock.set(START.plus(HOUR).plus(SECOND));
        assertThat(driver.session().claim(9)).extracting(run -> run.spec().id()).containsExactly(waiting);
    }

    @Test
    void a_run_that_began_before_the_clock_was_set_back_is_settled() {
        UUID job = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        var run = session.claimNext();

        clock.set(START.minus(HOUR));
        session.retry(run, MINUTE);
        clock.advance(MINUTE.plus(SECOND));
        session.succeed(session.claimNext());

        assertThat(driver.state(job)).isEqualTo(JobState.SUCCEEDED);
        assertThat(driver.trail(job).runs()).hasSize(2);
    }

    @Test
    void a_clock_set_forward_kills_no_session_that_is_then_heard_of() {
        UUID job = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        session.claimNext();
        driver.sweep();

        clock.set(START.plus(DAY));
        driver.sweep();
        session.beat();
        driver.sweepFor(LEASE.multipliedBy(3), session);

        assertThat(driver.state(job)).isEqualTo(JobState.RUNNING);
    }

    @Test
    void a_clock_set_forward_and_back_keeps_rescue_waiting_no_longer_than_a_few_leases() {
        UUID job = driver.enqueue(Jobs.work());
        driver.sweep();
        clock.set(START.plus(DAY));
        driver.sweep();
        clock.set(START);
        driver.sweep();
        driver.session().take(job);

        driver.sweepFor(LEASE.multipliedBy(4));

        assertThat(driver.state(job)).isEqualTo(JobState.READY);
    }

    private static ExchangeReply idle(SessionDriver session) {
        return session.exchange(List.of(), new Claim.Nothing());
    }
}
