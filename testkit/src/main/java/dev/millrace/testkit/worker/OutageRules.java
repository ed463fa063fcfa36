package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.WorkerBuilder;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.testkit.Faults.Call;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A worker survives its store: replies that are lost, calls that fail, outages longer than a lease. */
abstract class OutageRules extends WorkerPart {
    private static final Duration SHORT_LEASE = Duration.ofMillis(300);
    /** So many heartbeats take longer than the short lease. */
    private static final int LONGER_THAN_A_LEASE = 8;

    private final Map<Integer, Integer> runs = new ConcurrentHashMap<>();

    private WorkerBuilder counting(Millrace of) {
        return hasty(of).concurrency(4).handle(WORK, (number, job) -> {
            runs.merge(number, 1, Integer::sum);
            return number;
        });
    }

    private void assertAllSucceedAtTheFirstAttempt(List<JobHandle<Integer>> handles) throws Exception {
        for (int i = 0; i < handles.size(); i++) {
            assertThat(handles.get(i).await(PATIENCE)).isEqualTo(i);
            assertThat(handles.get(i).info().attempt()).isEqualTo(1);
        }
        assertThat(runs).hasSize(handles.size());
        assertThat(runs.values()).allMatch(count -> count >= 1);
        assertThat(count(JobState.SUCCEEDED)).isEqualTo(handles.size());
    }

    @Test
    void lost_replies_of_exchanges_lose_no_job_and_run_none_twice() throws Exception {
        faults().loseReply(Call.EXCHANGE, 1);
        start(hasty(millrace).concurrency(4).handle(WORK, (number, job) -> {
            if (number % 100 == 0) {
                faults().loseReply(Call.EXCHANGE, 1);
            }
            runs.merge(number, 1, Integer::sum);
            return number;
        }));

        assertAllSucceedAtTheFirstAttempt(enqueueWork(600));
        assertThat(runs.values()).containsOnly(1);
    }

    @Test
    void exchanges_that_fail_lose_no_job_and_run_none_twice() throws Exception {
        faults().failBefore(Call.EXCHANGE, 1);
        start(hasty(millrace).concurrency(4).handle(WORK, (number, job) -> {
            if (number % 100 == 0) {
                faults().failBefore(Call.EXCHANGE, 1);
            }
            runs.merge(number, 1, Integer::sum);
            return number;
        }));

        assertAllSucceedAtTheFirstAttempt(enqueueWork(600));
        assertThat(runs.values()).containsOnly(1);
    }

    @Test
    void a_backlog_loses_no_job_and_runs_none_twice_whatever_exchange_fails() throws Exception {
        List<JobHandle<Integer>> handles = enqueueWork(3_000);
        start(hasty(millrace).concurrency(4).handle(WORK, (number, job) -> {
            // few, since they may all befall exchanges in a row, and the worker waits twice as long after each
            if (number % 1_000 == 0) {
                faults().loseReply(Call.EXCHANGE, 1);
            } else if (number % 1_000 == 500) {
                faults().failBefore(Call.EXCHANGE, 1);
            }
            runs.merge(number, 1, Integer::sum);
            return number;
        }));

        assertAllSucceedAtTheFirstAttempt(handles);
        assertThat(runs.values()).containsOnly(1);
    }

    @Test
    void a_job_whose_recorded_end_the_store_has_lost_again_is_run_again_by_the_worker_that_holds_it() throws Exception {
        start(counting(millrace));
        faults().forgetOutcomes(1);
        JobHandle<Integer> handle = millrace.enqueue(WORK, 7);

        assertThat(handle.await(PATIENCE)).isEqualTo(7);

        assertThat(runs).containsExactly(Map.entry(7, 2));
        assertThat(handle.info().attempt()).isEqualTo(1);
        assertThat(runs(handle)).extracting(RunRecord::end).containsExactly(RunEnd.HANDED_BACK, RunEnd.SUCCEEDED);
    }

    @Test
    void an_outcome_that_the_store_refuses_holds_up_no_other_and_is_sent_again() throws Exception {
        UUID bad = UUID.randomUUID();
        faults().refuseOutcome(bad);
        start(counting(millrace));
        JobHandle<Integer> refused = millrace.enqueue(WORK.with(1_000).id(bad));
        List<JobHandle<Integer>> others = enqueueWork(300);

        for (JobHandle<Integer> other : others) {
            other.await(PATIENCE);
        }
        awaitBeats(3);
        assertThat(refused.state()).isEqualTo(JobState.RUNNING);
        assertThat(millrace.enqueue(WORK, 2_000).await(PATIENCE)).isEqualTo(2_000);
        faults().takeOutcomes();

        assertThat(refused.await(PATIENCE)).isEqualTo(1_000);
        assertThat(runs.get(1_000)).isEqualTo(1);
    }

    @Test
    void lost_replies_of_everything_else_do_no_harm() throws Exception {
        start(counting(millrace));
        faults().loseReply(Call.GET, 1);
        for (Call call : List.of(Call.BEAT, Call.SWEEP, Call.NOTES)) {
            faults().loseReply(call, 2);
            faults().failBefore(call, 2);
        }

        List<JobHandle<Integer>> handles = enqueueWork(200);
        handles.get(0).await(PATIENCE);
        awaitBeats(16);

        assertAllSucceedAtTheFirstAttempt(handles);
        until("the worker is well", () -> millrace.health().reasons().isEmpty());
    }

    @Test
    void a_worker_says_what_is_wrong_while_the_store_is_away_and_no_longer_once_it_is_back() {
        start(counting(millrace));

        faults().goDown();
        awaitBeats(2);
        assertThat(millrace.health().score()).isZero();
        assertThat(millrace.health().reasons()).anyMatch(reason -> reason.contains("heartbeat"));
        faults().comeBack();

        until("the worker is well", () -> millrace.health().reasons().isEmpty());
    }

    @Test
    void a_worker_goes_on_by_itself_after_an_outage_longer_than_its_lease() throws Exception {
        Gate gate = new Gate();
        start(worker().lease(SHORT_LEASE, BEAT)
                .handle(ECHO, (text, job) -> {
                    gate.pass();
                    return text;
                })
                .handle(WORK, (number, job) -> {
                    runs.merge(number, 1, Integer::sum);
                    return number;
                }));
        JobHandle<String> running = millrace.enqueue(ECHO, "hello");
        gate.awaitArrivals(1);

        faults().goDown();
        awaitBeats(LONGER_THAN_A_LEASE);
        gate.open();
        awaitBeats(2);
        faults().comeBack();

        assertThat(running.await(PATIENCE)).isEqualTo("hello");
        assertAllSucceedEventually(enqueueWork(50));
    }

    private static void assertAllSucceedEventually(List<JobHandle<Integer>> handles) throws Exception {
        for (JobHandle<Integer> handle : handles) {
            assertThat(handle.await(PATIENCE)).isNotNull();
        }
    }

    @Test
    void a_worker_that_was_taken_for_dead_meanwhile_goes_on_with_a_new_session_and_its_late_result_does_not_count()
            throws Exception {
        Gate gate = new Gate();
        AtomicInteger elsewhereRuns = new AtomicInteger();
        start(worker().lease(SHORT_LEASE, BEAT).handle(ECHO, (text, job) -> {
            gate.passStubbornly();
            return "late";
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        gate.awaitArrivals(1);
        faults().goDown();

        Millrace elsewhere = another();
        Worker rescuer = start(hasty(elsewhere).lease(SHORT_LEASE, BEAT).handle(ECHO, (text, job) -> {
            elsewhereRuns.incrementAndGet();
            return text;
        }));
        assertThat(elsewhere.handle(ECHO, handle.id()).await(PATIENCE)).isEqualTo("hello");
        gate.open();
        faults().comeBack();
        rescuer.close();

        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
        assertThat(elsewhereRuns).hasValue(1);
        assertThat(runs(handle)).extracting(RunRecord::end).containsExactly(RunEnd.RESCUED, RunEnd.SUCCEEDED);
        assertThat(millrace.enqueue(ECHO, "again").await(PATIENCE)).isEqualTo("late");
    }

    @Test
    void jobs_claimed_ahead_are_not_started_when_no_heartbeat_went_through_for_a_lease() throws Exception {
        Gate gate = new Gate();
        Worker worker = start(worker().lease(SHORT_LEASE, BEAT)
                .concurrency(1)
                .handle(ECHO, (text, job) -> text)
                .handle(WORK, (number, job) -> {
                    runs.merge(number, 1, Integer::sum);
                    if (number == 0) {
                        gate.pass();
                    }
                    return number;
                }));
        warmUp();
        List<JobHandle<Integer>> handles = enqueueWork(10);
        gate.awaitArrivals(1);
        awaitState(handles.get(9), JobState.RUNNING);

        faults().goDown();
        awaitBeats(LONGER_THAN_A_LEASE);
        gate.open();
        until("nothing is held ahead", () -> worker.stats().counts().waiting() == 0);
        assertThat(runs).containsOnlyKeys(0);
        faults().comeBack();

        assertAllSucceedEventually(handles);
        assertThat(runs.values()).containsOnly(1);
    }

    @Test
    void a_worker_that_cannot_open_its_session_says_so_at_the_start() {
        faults().goDown();
        Worker worker = build(counting(millrace));

        assertThat(org.assertj.core.api.Assertions.catchThrowable(worker::start))
                .isInstanceOf(dev.millrace.spi.StoreUnavailableException.class);
        faults().comeBack();

        worker.start();
        assertThat(worker.stats().counts().running()).isZero();
    }

    @Test
    void a_result_is_awaited_through_an_outage() throws Exception {
        start(counting(millrace));
        JobHandle<Integer> handle = millrace.enqueue(WORK.with(7).in(Duration.ofMillis(100)));
        var result = handle.future();

        faults().goDown();
        awaitBeats(4);
        faults().comeBack();

        assertThat(result.get(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS))
                .isEqualTo(7);
    }

    @Test
    void a_step_that_cannot_be_remembered_fails_its_attempt() throws Exception {
        AtomicInteger done = new AtomicInteger();
        faults().failBefore(Call.CHECKPOINT, 1);
        start(worker().handle(
                        ECHO, (text, job) -> job.once("step", String.class, () -> "done " + done.incrementAndGet())));
        JobHandle<String> handle =
                millrace.enqueue(ECHO.with("hello").retry(dev.millrace.RetryPolicy.fixed(Duration.ZERO)));

        assertThat(handle.await(PATIENCE)).isEqualTo("done 2");
        assertThat(handle.info().attempt()).isEqualTo(2);
    }
}
