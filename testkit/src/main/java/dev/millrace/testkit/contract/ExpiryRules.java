package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** An expiry limits starts: it ends what waits, and leaves alone what runs or has ended. */
abstract class ExpiryRules extends ContractPart {
    private static final int CHUNK = 1_000;
    private static final int VERY_MANY = 5 * CHUNK;
    /** What may be out of a claim's way in three goes, which an exchange may take. */
    private static final int MOST_AT_ONCE = 3 * CHUNK;

    @Test
    void a_sweep_cancels_a_ready_job_whose_time_has_passed() {
        UUID job = driver.enqueue(Jobs.work().expiresIn(MINUTE));

        clock.advance(MINUTE.minus(SECOND));
        assertThat(driver.sweep().expired()).isZero();
        clock.advance(SECOND.multipliedBy(2));
        assertThat(driver.sweep().expired()).isEqualTo(1);

        assertExpired(job);
    }

    @Test
    void a_sweep_cancels_a_scheduled_job_whose_time_has_passed() {
        UUID job = driver.enqueue(Jobs.work().in(HOUR).expiresIn(MINUTE));
        clock.advance(MINUTE.plus(SECOND));

        assertThat(driver.sweep().expired()).isEqualTo(1);

        assertExpired(job);
    }

    @Test
    void a_job_that_was_due_and_has_expired_is_never_claimed() {
        UUID job = driver.enqueue(Jobs.work().in(MINUTE).expiresIn(HOUR));
        clock.advance(DAY);

        assertThat(driver.session().claim(9)).isEmpty();
        driver.sweep();

        assertExpired(job);
    }

    @Test
    void a_running_job_is_left_alone() {
        UUID job = driver.enqueue(Jobs.work().expiresIn(MINUTE));
        SessionDriver session = driver.session();
        ClaimedJob run = session.claimNext();
        driver.sweepFor(MINUTE.multipliedBy(2), session);

        assertThat(driver.state(job)).isEqualTo(JobState.RUNNING);
        session.succeed(run);
        assertThat(driver.state(job)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void a_job_that_has_ended_is_left_alone() {
        UUID job = driver.enqueue(Jobs.work().expiresIn(MINUTE));
        SessionDriver session = driver.session();
        session.fail(session.claimNext());
        clock.advance(HOUR);

        assertThat(driver.sweep().expired()).isZero();

        assertThat(driver.state(job)).isEqualTo(JobState.FAILED);
    }

    @Test
    void a_job_that_waits_for_its_retry_expires() {
        UUID job = driver.enqueue(Jobs.work().expiresIn(MINUTE));
        SessionDriver session = driver.session();
        session.retry(session.claimNext(), HOUR);
        clock.advance(MINUTE.plus(SECOND));

        driver.sweep();

        assertExpired(job);
        assertThat(driver.job(job).run().attempt()).isEqualTo(1);
    }

    @Test
    void an_expired_job_frees_its_key_and_is_kept_like_any_cancelled_one() {
        UUID job = driver.enqueue(Jobs.work().unique("welcome").expiresIn(MINUTE));
        clock.advance(HOUR);
        driver.sweep();

        assertAbout(driver.job(job).times().finishedAt(), START.plus(HOUR));
        assertAbout(
                driver.job(job).times().keepUntil(),
                START.plus(HOUR).plus(retention().cancelled()));
        driver.enqueue(Jobs.work().unique("welcome"));
    }

    @Test
    void a_job_run_again_does_not_expire_any_more() {
        UUID job = driver.enqueue(Jobs.work().expiresIn(MINUTE));
        clock.advance(HOUR);
        driver.sweep();

        driver.runAgain(job);
        clock.advance(DAY.dividedBy(2));
        driver.sweep();

        assertThat(driver.job(job).times().expiresAt()).isNull();
        assertThat(driver.session().claim(9)).hasSize(1);
    }

    @Test
    void expiring_is_bounded_and_says_that_there_is_more() {
        driver.enqueue(Jobs.many(25, Jobs.WORK).stream()
                .map(job -> job.expiresIn(MINUTE))
                .toList());
        clock.advance(HOUR);

        assertThat(store.sweep(new Sweep(LEASE, 10)).expired()).isEqualTo(10);
        SweepReport second = store.sweep(new Sweep(LEASE, 10));
        assertThat(second.expired()).isEqualTo(10);
        assertThat(second.more()).isTrue();
        assertThat(store.sweep(new Sweep(LEASE, 10)).expired()).isEqualTo(5);
    }

    @Test
    void a_job_behind_very_many_expired_ones_is_claimed_and_no_exchange_cancels_them_all() {
        for (int i = 0; i < VERY_MANY / CHUNK; i++) {
            driver.enqueue(Jobs.many(CHUNK, Jobs.WORK).stream()
                    .map(job -> job.expiresIn(MINUTE))
                    .toList());
        }
        clock.advance(HOUR);
        UUID live = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();

        List<ClaimedJob> claimed = List.of();
        long before = 0;
        for (int exchanges = 0; claimed.isEmpty(); exchanges++) {
            assertThat(exchanges).as("exchanges that claimed nothing").isLessThan(VERY_MANY / CHUNK + 1);
            ExchangeReply reply = session.exchange(List.of(), session.next(new Claim.Queues.AllBut(Set.of()), 1));
            claimed = reply.claimed();
            assertThat(cancelled() - before).as("cancelled by one exchange").isLessThanOrEqualTo(MOST_AT_ONCE);
            before = cancelled();
        }

        assertThat(claimed).extracting(job -> job.spec().id()).containsExactly(live);
    }

    private long cancelled() {
        return store.counts().stream()
                .filter(count -> count.state() == JobState.CANCELLED)
                .mapToLong(JobCount::count)
                .sum();
    }

    private void assertExpired(UUID id) {
        JobRecord job = driver.job(id);
        assertThat(job.state()).isEqualTo(JobState.CANCELLED);
        assertThat(job.cancelReason()).isEqualTo(CancelReason.EXPIRED);
    }
}
