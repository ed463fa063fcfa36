package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.millrace.JobHandle;
import dev.millrace.JobInterrupted;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.WorkerBuilder;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Faults;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Workers beside each other, and a worker whose session is taken from it. */
abstract class SessionRules extends WorkerPart {

    private List<SessionRecord> open() {
        return store.sessions().stream()
                .filter(session -> session.closedAt() == null)
                .toList();
    }

    private static List<Thread> threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .toList();
    }

    private WorkerBuilder sharing(Millrace of, CyclicBarrier together, Map<Integer, Integer> runs) {
        return hasty(of).concurrency(4).handle(WORK, (number, job) -> {
            runs.merge(number, 1, Integer::sum);
            if (number < 8) {
                together.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            return number;
        });
    }

    @Test
    void two_workers_share_the_load_and_no_job_runs_twice() throws Exception {
        CyclicBarrier together = new CyclicBarrier(8);
        Map<Integer, Integer> runs = new ConcurrentHashMap<>();
        Worker one = start(sharing(millrace, together, runs));
        Worker two = start(sharing(another(), together, runs));

        List<JobHandle<Integer>> handles = enqueueWork(2_000);

        for (JobHandle<Integer> handle : handles) {
            handle.await(PATIENCE);
        }
        assertThat(runs).hasSize(2_000);
        assertThat(runs.values()).containsOnly(1);
        until(
                "both count what they did",
                () -> one.stats().counts().succeeded() + two.stats().counts().succeeded() == 2_000);
        assertThat(one.stats().counts().succeeded()).isGreaterThanOrEqualTo(4);
        assertThat(two.stats().counts().succeeded()).isGreaterThanOrEqualTo(4);
    }

    @Test
    void a_slow_sweep_delays_no_heartbeat() {
        Faults.Gate gate = faults().block(Faults.Call.SWEEP);
        start(worker().handle(WORK, (number, job) -> number));
        gate.awaitCall();
        long before = faults().calls(Faults.Call.BEAT);

        until("beats go on", () -> faults().calls(Faults.Call.BEAT) >= before + 3);

        gate.open();
        long sweeps = faults().calls(Faults.Call.SWEEP);
        until("it sweeps again", () -> faults().calls(Faults.Call.SWEEP) > sweeps);
    }

    @Test
    void a_worker_whose_session_was_closed_interrupts_what_runs_opens_a_new_one_and_goes_on() throws Exception {
        Gate gate = new Gate();
        Queue<JobInterrupted.Reason> reasons = new ConcurrentLinkedQueue<>();
        start(worker().handle(WORK, (number, job) -> {
            if (job.token() > 1 || number != 7) {
                return number;
            }
            Throwable interrupted = catchThrowable(gate::pass);
            reasons.add(((JobInterrupted) catchThrowable(job::checkCancelled)).reason());
            throw (Exception) interrupted;
        }));
        JobHandle<Integer> handle = millrace.enqueue(WORK, 7);
        gate.awaitArrivals(1);
        UUID lost = open().get(0).id();

        assertThat(store.closeSession(lost)).isTrue();

        assertThat(handle.await(PATIENCE)).isEqualTo(7);
        until("the first run is over", () -> !reasons.isEmpty());
        assertThat(reasons).containsExactly(JobInterrupted.Reason.SESSION_LOST);
        assertThat(open()).hasSize(1).extracting(SessionRecord::id).doesNotContain(lost);
        assertThat(handle.info().attempt()).isEqualTo(1);
        assertThat(millrace.enqueue(WORK, 8).await(PATIENCE)).isEqualTo(8);
    }

    @Test
    void a_claim_that_arrives_after_its_session_was_lost_is_not_started() throws Exception {
        Gate second = new Gate();
        Queue<Long> started = new ConcurrentLinkedQueue<>();
        JobHandle<Integer> handle = millrace.enqueue(WORK, 7);
        Faults.Gate reply = faults().blockReply(Faults.Call.EXCHANGE);
        start(worker().concurrency(2).handle(WORK, (number, job) -> {
            started.add(job.token());
            return -1;
        }));
        reply.awaitCall();

        UUID lost = open().get(0).id();
        store.closeSession(lost);
        until(
                "it has a new session",
                () -> open().stream().anyMatch(session -> !session.id().equals(lost)));
        start(hasty(another()).handle(WORK, (number, job) -> {
            started.add(job.token());
            second.pass();
            return number;
        }));
        second.awaitArrivals(1);
        long exchanges = faults().calls(Faults.Call.EXCHANGE);
        reply.open();
        until("it hands the claim back", () -> faults().calls(Faults.Call.EXCHANGE) > exchanges);
        second.open();

        assertThat(handle.await(PATIENCE)).isEqualTo(7);
        assertThat(started).containsExactly(2L);
    }

    @Test
    void a_result_that_comes_after_the_session_was_lost_and_the_job_rescued_does_not_count() throws Exception {
        Gate gate = new Gate();
        Gate second = new Gate();
        start(worker().concurrency(2).handle(WORK, (number, job) -> {
            if (job.token() == 1) {
                gate.passStubbornly();
                return -1;
            }
            second.pass();
            return number;
        }));
        JobHandle<Integer> handle = millrace.enqueue(WORK, 7);
        gate.awaitArrivals(1);

        store.closeSession(open().get(0).id());
        second.awaitArrivals(1);
        gate.open();
        awaitBeats(2);
        assertThat(handle.state()).isEqualTo(JobState.RUNNING);
        second.open();

        assertThat(handle.await(PATIENCE)).isEqualTo(7);
    }

    @Test
    void a_worker_that_drains_opens_a_new_session_when_its_own_was_closed() {
        Worker worker = build(worker().handle(WORK, (number, job) -> number));
        enqueueWork(1);
        assertThat(worker.drain()).isEqualTo(1);

        store.closeSession(open().get(0).id());
        enqueueWork(2);

        assertThat(worker.drain()).isEqualTo(2);
        assertThat(open()).hasSize(1);
    }

    @Test
    void jobs_claimed_ahead_behind_a_long_one_go_to_a_worker_that_has_a_hand_free() throws Exception {
        Gate gate = new Gate();
        start(worker().concurrency(1).handle(ECHO, (text, job) -> text).handle(WORK, (number, job) -> {
            if (number == 0) {
                gate.pass();
            }
            return number;
        }));
        warmUp();
        List<JobHandle<Integer>> handles = enqueueWork(20);
        gate.awaitArrivals(1);

        start(hasty(another()).handle(WORK, (number, job) -> number));

        for (JobHandle<Integer> handle : handles.subList(1, 20)) {
            handle.await(PATIENCE);
            assertThat(handle.info().attempt()).isEqualTo(1);
        }
        assertThat(handles.get(0).state()).isEqualTo(JobState.RUNNING);
        gate.open();
        assertThat(handles.get(0).await(PATIENCE)).isEqualTo(0);
    }

    @Test
    void a_beat_that_is_under_way_when_the_worker_stops_opens_no_other_session() throws Exception {
        Worker worker = start(worker().handle(WORK, (number, job) -> number));
        Thread heart = threads(worker.name() + "-heart").get(0);
        Faults.Gate gate = faults().block(Faults.Call.BEAT);
        gate.awaitCall();
        worker.close();
        assertThat(open()).isEmpty();

        gate.open();
        heart.join(PATIENCE.toMillis());

        assertThat(heart.isAlive()).isFalse();
        assertThat(open()).isEmpty();
    }

    @Test
    void a_worker_that_is_closed_while_it_opens_its_session_leaves_none_open() throws Exception {
        Worker worker = build(worker().handle(WORK, (number, job) -> number));
        JobHandle<Integer> handle = millrace.enqueue(WORK, 1);
        Faults.Gate gate = faults().block(Faults.Call.OPEN_SESSION);
        Thread runs = new Thread(worker::runOne);
        runs.setUncaughtExceptionHandler((thread, error) -> {}); // the worker has stopped: it may say so
        runs.start();
        gate.awaitCall();
        Thread closes = new Thread(worker::close);
        closes.start();
        until(
                "it is closed, or waits",
                () -> !closes.isAlive()
                        || threads(worker.name() + "-stop").stream()
                                .anyMatch(thread -> thread.getState() == Thread.State.BLOCKED));

        gate.open();
        runs.join(PATIENCE.toMillis());
        closes.join(PATIENCE.toMillis());

        assertThat(closes.isAlive()).isFalse();
        assertThat(open()).isEmpty();
        assertThat(handle.info().state()).isIn(JobState.READY, JobState.SUCCEEDED); // claimed before the end, or never
    }

    @Test
    void a_worker_that_was_started_in_vain_before_has_one_of_each_thread() {
        Worker worker = build(worker().handle(WORK, (number, job) -> number));
        faults().failBefore(Faults.Call.OPEN_SESSION, 3);
        for (int i = 0; i < 3; i++) {
            assertThat(catchThrowable(worker::start)).isInstanceOf(StoreUnavailableException.class);
        }

        worker.start();

        assertThat(threads(worker.name() + "-upkeep")).hasSize(1);
        assertThat(threads(worker.name() + "-heart")).hasSize(1);
    }

    @Test
    void a_worker_does_as_it_is_told_from_afar() throws Exception {
        Worker worker = start(worker().handle(WORK, (number, job) -> number));
        UUID session = open().get(0).id();
        millrace.enqueue(WORK, 1).await(PATIENCE);

        assertThat(store.command(session, SessionCommand.QUIET)).isTrue();
        until("it is quiet", () -> open().get(0).status().contains("quiet"));
        JobHandle<Integer> waiting = millrace.enqueue(WORK, 2);
        awaitBeats(2);
        assertThat(waiting.state()).isEqualTo(JobState.READY);
        store.command(session, SessionCommand.RESUME);
        assertThat(waiting.await(PATIENCE)).isEqualTo(2);

        store.command(session, SessionCommand.STOP);
        worker.awaitStop();
        assertThat(open()).isEmpty();
    }
}
