package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.millrace.JobHandle;
import dev.millrace.JobInterrupted;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.StoreException;
import dev.millrace.Worker;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.testkit.Faults;
import dev.millrace.testkit.Faults.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A worker stops gracefully: nothing is lost, nothing counts as an attempt that was not the job's fault. */
abstract class StopRules extends WorkerPart {
    private static final Duration LONG = Duration.ofMinutes(1);

    private static CompletableFuture<Void> stopping(Worker worker, Duration grace) {
        return CompletableFuture.runAsync(() -> worker.stop(grace));
    }

    private static void assertStops(CompletableFuture<Void> stop) throws Exception {
        stop.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private Worker startPassing(Gate gate) {
        return start(
                slowToBeat().concurrency(1).handle(ECHO, (text, job) -> text).handle(WORK, (number, job) -> {
                    gate.pass();
                    return number;
                }));
    }

    @Test
    void what_runs_may_finish_within_the_grace_and_nothing_more_is_claimed() throws Exception {
        Gate gate = new Gate();
        Worker worker = startPassing(gate);
        warmUp();
        List<JobHandle<Integer>> handles = enqueueWork(2);
        gate.awaitArrivals(1);
        awaitState(handles.get(1), JobState.RUNNING);

        CompletableFuture<Void> stop = stopping(worker, LONG);
        awaitState(handles.get(1), JobState.READY);
        JobHandle<Integer> late = millrace.enqueue(WORK, 8);
        assertThat(stop).isNotDone();
        gate.open();

        assertStops(stop);
        assertThat(handles.get(0).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(handles.get(1).state()).isEqualTo(JobState.READY);
        assertThat(late.state()).isEqualTo(JobState.READY);
        assertThat(store.sessions()).allMatch(session -> session.closedAt() != null);
    }

    @Test
    void what_has_not_begun_is_handed_back_at_once_as_if_it_had_not_been_claimed() throws Exception {
        Gate gate = new Gate();
        Worker worker = startPassing(gate);
        warmUp();
        List<JobHandle<Integer>> handles = enqueueWork(20);
        gate.awaitArrivals(1);
        awaitState(handles.get(19), JobState.RUNNING);

        CompletableFuture<Void> stop = stopping(worker, LONG);

        for (JobHandle<Integer> handle : handles.subList(1, 20)) {
            awaitState(handle, JobState.READY);
            assertThat(handle.info().attempt()).isZero();
            assertThat(handle.info().startedAt()).isEmpty();
            assertThat(runs(handle)).isEmpty();
        }
        assertThat(stop).isNotDone();
        gate.open();
        assertStops(stop);
        assertThat(handles.get(0).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void what_is_claimed_while_the_worker_stops_is_handed_back() throws Exception {
        AtomicInteger running = new AtomicInteger();
        Worker worker = start(slowToBeat().handle(WORK, (number, job) -> running.incrementAndGet()));
        millrace.enqueue(WORK, 0).await(PATIENCE);
        Faults.Gate gate = faults().block(Call.EXCHANGE);
        List<JobHandle<Integer>> handles = enqueueWork(100);
        gate.awaitCall();

        Thread stopper = new Thread(() -> worker.stop(LONG));
        stopper.start();
        until("it waits for the worker to stop", () -> stopper.getState() == Thread.State.WAITING);
        gate.open();

        stopper.join(PATIENCE.toMillis());
        assertThat(handles).extracting(JobHandle::state).containsOnly(JobState.READY);
        assertThat(running).hasValue(1);
    }

    @Test
    void what_was_handed_back_runs_in_its_old_order() throws Exception {
        Gate gate = new Gate();
        Worker worker = startPassing(gate);
        warmUp();
        List<JobHandle<Integer>> handles = enqueueWork(20);
        gate.awaitArrivals(1);
        awaitState(handles.get(19), JobState.RUNNING);
        CompletableFuture<Void> stop = stopping(worker, LONG);
        awaitState(handles.get(19), JobState.READY);
        gate.open();
        assertStops(stop);

        List<Integer> ran = new ArrayList<>();
        build(worker().handle(WORK, (number, job) -> {
                    ran.add(number);
                    assertThat(job.attempt()).isEqualTo(1);
                    return number;
                }))
                .drain();

        assertThat(ran).hasSize(19);
        assertThat(ran.get(0)).isEqualTo(1);
    }

    @Test
    void after_the_grace_what_runs_is_interrupted_and_handed_back() throws Exception {
        Gate gate = new Gate();
        AtomicReference<JobInterrupted.Reason> reason = new AtomicReference<>();
        Worker worker = start(worker().handle(WORK, (number, job) -> {
            try {
                gate.pass();
                return number;
            } catch (InterruptedException e) {
                reason.set(((JobInterrupted) catchThrowable(job::checkCancelled)).reason());
                throw e;
            }
        }));
        JobHandle<Integer> handle = millrace.enqueue(WORK, 7);
        gate.awaitArrivals(1);

        worker.stop(Duration.ofMillis(20));

        assertThat(reason).hasValue(JobInterrupted.Reason.STOPPING);
        assertThat(handle.state()).isEqualTo(JobState.READY);
        assertThat(handle.info().attempt()).isZero();
        assertThat(runs(handle)).extracting(RunRecord::end).containsExactly(RunEnd.HANDED_BACK);
    }

    @Test
    void a_handler_that_ignores_the_interrupt_is_left_behind_and_its_job_handed_back() {
        Gate gate = new Gate();
        Worker worker = start(worker().handle(WORK, (number, job) -> {
            gate.passStubbornly();
            return number;
        }));
        JobHandle<Integer> handle = millrace.enqueue(WORK, 7);
        gate.awaitArrivals(1);

        worker.stop(Duration.ofMillis(20));

        assertThat(handle.state()).isEqualTo(JobState.READY);
        gate.open();
        assertThat(build(worker().handle(WORK, (number, job) -> number)).drain())
                .isEqualTo(1);
        assertThat(handle.state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void nothing_begins_once_a_worker_has_stopped_and_nothing_stays_claimed() {
        AtomicInteger running = new AtomicInteger();
        millrace.enqueueEach(java.util.stream.IntStream.range(0, 5_000).mapToObj(WORK::with));
        for (int i = 0; i < 10; i++) {
            AtomicBoolean stopped = new AtomicBoolean();
            AtomicInteger late = new AtomicInteger();
            int enough = i * 17;
            Worker worker = start(worker().concurrency(4).handle(WORK, (number, job) -> {
                running.incrementAndGet();
                if (stopped.get()) {
                    late.incrementAndGet();
                }
                return number;
            }));
            int before = running.get();
            until("it runs", () -> running.get() > before + enough || count(JobState.READY) == 0);

            worker.stop(LONG);
            stopped.set(true);

            assertThat(count(JobState.RUNNING)).isZero();
            assertThat(late).hasValue(0);
        }
        assertThat(count(JobState.SUCCEEDED)).isEqualTo(running.get());
    }

    @Test
    void a_worker_that_was_never_started_can_be_closed() {
        Worker worker = build(worker().handle(ECHO, (text, job) -> text));

        worker.close();

        assertThat(store.sessions()).isEmpty();
    }

    @Test
    void closing_the_millrace_stops_its_workers() throws Exception {
        Millrace elsewhere = elsewhere();
        CountDownLatch ended = new CountDownLatch(1);
        Gate gate = new Gate();
        hasty(elsewhere)
                .stopGrace(Duration.ofMillis(20))
                .handle(ECHO, (text, job) -> {
                    try {
                        gate.pass();
                    } finally {
                        ended.countDown();
                    }
                    return text;
                })
                .start();
        elsewhere.enqueue(ECHO, "hello");
        gate.awaitArrivals(1);

        elsewhere.close();

        assertThat(ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void closing_while_many_enqueue_stores_each_job_or_says_that_it_did_not() throws Exception {
        Millrace elsewhere = elsewhere();
        AtomicInteger accepted = new AtomicInteger();
        List<CompletableFuture<Throwable>> ends = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            CompletableFuture<Throwable> end = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                try {
                    while (true) {
                        elsewhere.enqueue(ECHO, "hello");
                        accepted.incrementAndGet();
                    }
                } catch (Throwable e) {
                    end.complete(e);
                }
            });
            thread.setDaemon(true);
            thread.start();
            ends.add(end);
        }
        until("many are accepted", () -> accepted.get() > 200);

        elsewhere.close();

        for (CompletableFuture<Throwable> end : ends) {
            assertThat(end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("closed");
        }
    }

    @Test
    void a_worker_whose_store_is_gone_stops_all_the_same() {
        Gate gate = new Gate();
        Worker worker = startPassing(gate);
        JobHandle<Integer> handle = millrace.enqueue(WORK, 7);
        gate.awaitArrivals(1);
        faults().goDown();

        worker.stop(Duration.ofMillis(20));
        faults().comeBack();

        assertThat(handle.state()).as("nobody could be told").isEqualTo(JobState.RUNNING);
        store.sessions().forEach(session -> store.closeSession(session.id()));
        store.sweep(new dev.millrace.spi.Sweep(LEASE, 100));
        assertThat(handle.state()).as("once it is found dead").isEqualTo(JobState.READY);
    }
}
