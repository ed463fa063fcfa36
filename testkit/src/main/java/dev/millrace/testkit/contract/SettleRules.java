package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Report;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What each outcome makes of a job. */
abstract class SettleRules extends ContractPart {
    private SessionDriver session;

    @BeforeEach
    void openSession() {
        session = driver.session();
    }

    @Test
    void success_keeps_the_result() {
        ClaimedJob job = claimed(Jobs.work());
        byte[] result = "done".getBytes(StandardCharsets.UTF_8);

        assertThat(session.settle(job, new Outcome.Succeeded(result))).isEqualTo(SettleAnswer.APPLIED);

        JobRecord record = record(job);
        assertThat(record.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(record.result()).isEqualTo(result);
        assertThat(record.failure()).isNull();
        assertAbout(record.times().finishedAt(), START);
    }

    @Test
    void no_result_and_an_empty_result_are_not_the_same() {
        ClaimedJob without = claimed(Jobs.work());
        ClaimedJob empty = claimed(Jobs.work());

        session.settle(without, new Outcome.Succeeded(null));
        session.settle(empty, new Outcome.Succeeded(new byte[0]));

        assertThat(record(without).result()).isNull();
        assertThat(record(empty).result()).isNotNull().isEmpty();
    }

    @Test
    void a_failure_for_good_is_kept_with_its_reason() {
        ClaimedJob job = claimed(Jobs.work());
        Failure failure = new Failure("java.io.IOException", "no route to host", "at mail.Sender");

        session.settle(job, new Outcome.Failed(failure));

        assertThat(record(job).state()).isEqualTo(JobState.FAILED);
        assertThat(record(job).failure()).isEqualTo(failure);
        assertThat(record(job).run().attempt()).isEqualTo(1);
    }

    @Test
    void a_retry_waits_for_its_delay_by_the_stores_time_and_counts_the_attempt() {
        ClaimedJob job = claimed(Jobs.work());
        clock.advance(MINUTE);

        session.retry(job, HOUR);

        JobRecord waiting = record(job);
        assertThat(waiting.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(waiting.failure()).isEqualTo(Failure.of("broken", "it broke"));
        assertAbout(waiting.times().dueAt(), START.plus(MINUTE).plus(HOUR));
        assertThat(session.claim(9)).isEmpty();
        clock.advance(HOUR.plus(SECOND));
        ClaimedJob again = session.claimNext();
        assertThat(again.history().attempt()).isEqualTo(2);
        assertThat(again.token()).isEqualTo(2);
    }

    @Test
    void a_retry_without_delay_is_ready_at_once() {
        ClaimedJob job = claimed(Jobs.work());
        clock.advance(MINUTE);

        session.retry(job, Duration.ZERO);

        assertThat(record(job).state()).isEqualTo(JobState.READY);
        assertAbout(record(job).times().dueAt(), START.plus(MINUTE));
    }

    @Test
    void the_last_failure_is_remembered_after_success() {
        ClaimedJob job = claimed(Jobs.work());
        session.retry(job, Duration.ZERO);

        session.succeed(session.claimNext());

        assertThat(record(job).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(record(job).failure()).isEqualTo(Failure.of("broken", "it broke"));
    }

    @Test
    void a_snooze_waits_and_costs_no_attempt() {
        ClaimedJob job = claimed(Jobs.work());

        session.snooze(job, HOUR);

        JobRecord waiting = record(job);
        assertThat(waiting.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(waiting.run().attempt()).isZero();
        assertThat(waiting.run().snoozes()).isEqualTo(1);
        assertThat(waiting.failure()).isNull();
        assertAbout(waiting.times().dueAt(), START.plus(HOUR));
        clock.advance(HOUR.plus(SECOND));
        assertThat(session.claimNext().history()).isEqualTo(new ClaimedJob.History(1, 1, 0));
    }

    @Test
    void a_hand_back_costs_no_attempt_and_leaves_the_due_time() {
        ClaimedJob job = claimed(Jobs.work());
        clock.advance(MINUTE);

        session.handBack(job);

        JobRecord back = record(job);
        assertThat(back.state()).isEqualTo(JobState.READY);
        assertThat(back.run().attempt()).isZero();
        assertThat(back.run().rescues()).isZero();
        assertThat(back.times().dueAt()).isEqualTo(job.times().dueAt());
        assertThat(back.times().startedAt()).isNull();
        assertThat(session.claimNext().history().attempt()).isEqualTo(1);
    }

    @Test
    void a_job_claimed_before_its_due_time_and_handed_back_is_claimable() {
        UUID id = driver.enqueue(Jobs.work().in(HOUR));
        ClaimedJob job = session.take(id);

        session.handBack(job);

        assertThat(driver.state(id)).isEqualTo(JobState.READY);
        assertThat(session.claim(9)).hasSize(1);
    }

    @Test
    void a_handler_that_stopped_for_a_cancellation_leaves_the_job_cancelled() {
        ClaimedJob job = claimed(Jobs.work());

        session.settle(job, new Outcome.Cancelled());

        assertThat(record(job).state()).isEqualTo(JobState.CANCELLED);
        assertThat(record(job).cancelReason()).isEqualTo(CancelReason.REQUESTED);
    }

    @Test
    void a_job_found_expired_before_its_handler_is_cancelled_as_expired() {
        ClaimedJob job = claimed(Jobs.work().expiresIn(MINUTE));
        clock.advance(MINUTE.plus(SECOND));

        session.settle(job, new Outcome.Expired());

        assertThat(record(job).state()).isEqualTo(JobState.CANCELLED);
        assertThat(record(job).cancelReason()).isEqualTo(CancelReason.EXPIRED);
    }

    @Test
    void success_after_the_expiry_is_success() {
        ClaimedJob job = claimed(Jobs.work().expiresIn(MINUTE));
        clock.advance(HOUR);

        session.succeed(job);

        assertThat(record(job).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void the_run_began_as_long_before_its_end_as_it_ran() {
        ClaimedJob job = claimed(Jobs.work());
        clock.advance(MINUTE);

        session.settle(new Settlement(job.run(), new Outcome.Succeeded(null), Duration.ofSeconds(20), Report.NONE));

        assertAbout(record(job).times().startedAt(), START.plusSeconds(40));
        assertAbout(record(job).times().finishedAt(), START.plusSeconds(60));
    }

    @Test
    void progress_and_log_lines_come_with_the_outcome() {
        ClaimedJob job = claimed(Jobs.work());
        Progress all = new Progress(10, 10, "sent");
        LogLine line = new LogLine(START, "sent the last");

        session.settle(
                new Settlement(job.run(), new Outcome.Succeeded(null), Duration.ZERO, new Report(all, List.of(line))));

        assertThat(record(job).run().progress()).isEqualTo(all);
        assertThat(driver.trail(job.spec().id()).log()).containsExactly(line);
    }

    @Test
    void one_exchange_settles_and_claims() {
        ClaimedJob job = claimed(Jobs.work());
        UUID next = driver.enqueue(Jobs.work());

        ExchangeReply reply = session.exchange(
                List.of(Settlement.of(job.run(), new Outcome.Succeeded(null))),
                session.next(new Claim.Queues.AllBut(Set.of()), 9));

        assertThat(reply.open()).isTrue();
        assertThat(reply.answers()).containsExactly(SettleAnswer.APPLIED);
        assertThat(reply.claimed()).extracting(claim -> claim.spec().id()).containsExactly(next);
        assertAbout(reply.now(), START);
    }

    @Test
    void a_batch_is_answered_in_its_order_and_a_stale_outcome_stops_no_other() {
        ClaimedJob first = claimed(Jobs.work());
        ClaimedJob gone = claimed(Jobs.work());
        session.handBack(gone);
        ClaimedJob last = claimed(Jobs.work());

        List<SettleAnswer> answers = session.settle(List.of(
                Settlement.of(first.run(), new Outcome.Succeeded(null)),
                Settlement.of(gone.run(), new Outcome.Succeeded(null)),
                Settlement.of(last.run(), new Outcome.Snoozed(HOUR)),
                Settlement.of(first.run(), new Outcome.Succeeded(null))));

        assertThat(answers)
                .containsExactly(SettleAnswer.APPLIED, SettleAnswer.STALE, SettleAnswer.APPLIED, SettleAnswer.ALREADY);
        assertThat(record(first).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(record(gone).state()).isEqualTo(JobState.READY);
        assertThat(record(last).state()).isEqualTo(JobState.SCHEDULED);
    }

    @Test
    void how_long_it_is_kept_goes_by_how_it_ended() {
        ClaimedJob succeeded = claimed(Jobs.work());
        ClaimedJob failed = claimed(Jobs.work());
        ClaimedJob cancelled = claimed(Jobs.work());
        clock.advance(HOUR);

        session.succeed(succeeded);
        session.fail(failed);
        session.settle(cancelled, new Outcome.Cancelled());

        assertAbout(
                record(succeeded).times().keepUntil(),
                START.plus(HOUR).plus(retention().succeeded()));
        assertAbout(
                record(failed).times().keepUntil(),
                START.plus(HOUR).plus(retention().failed()));
        assertAbout(
                record(cancelled).times().keepUntil(),
                START.plus(HOUR).plus(retention().cancelled()));
    }

    @Test
    void a_job_may_say_how_long_it_is_kept() {
        ClaimedJob job = claimed(Jobs.work().keepFor(MINUTE));

        session.fail(job);

        assertAbout(record(job).times().keepUntil(), START.plus(MINUTE));
    }

    private ClaimedJob claimed(JobDraft draft) {
        return session.take(driver.enqueue(draft));
    }

    private JobRecord record(ClaimedJob job) {
        return driver.job(job.spec().id());
    }
}
