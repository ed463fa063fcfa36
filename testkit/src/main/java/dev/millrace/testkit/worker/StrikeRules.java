package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.Worker;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.Transition;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Jobs whose worker died run one at a time, and not forever: the innocent finish, the poisonous end. */
abstract class StrikeRules extends WorkerPart {
    private final AtomicInteger struck = new AtomicInteger();
    private final AtomicInteger mostStruck = new AtomicInteger();

    /** A worker claims so many jobs, and dies. */
    private void dieWith(int jobs) {
        SessionDriver session = new StoreDriver(store, new ManualClock(START)).session("doomed", WORK.kind());
        for (int i = 0; i < jobs; i++) {
            session.claimNext();
        }
        session.close();
        store.sweep(new Sweep(LEASE, 1_000));
    }

    @Test
    void jobs_whose_worker_died_run_one_at_a_time_and_others_beside_them() throws Exception {
        List<JobHandle<Integer>> poisoned = enqueueWork(3);
        dieWith(3);
        Gate gate = new Gate();
        start(worker().concurrency(4).handle(ECHO, (text, job) -> text).handle(WORK, (number, job) -> {
            mostStruck.accumulateAndGet(struck.incrementAndGet(), Math::max);
            gate.pass();
            struck.decrementAndGet();
            return number;
        }));

        gate.awaitArrivals(1);
        assertThat(millrace.enqueue(ECHO, "beside").await(PATIENCE)).isEqualTo("beside");
        awaitBeats(3);
        assertThat(mostStruck).hasValue(1);
        gate.open();

        for (JobHandle<Integer> handle : poisoned) {
            handle.await(PATIENCE);
            assertThat(handle.info().attempt())
                    .as("the death was not its fault")
                    .isEqualTo(1);
        }
        assertThat(mostStruck).hasValue(1);
    }

    @Test
    void a_struck_job_gets_its_turn_although_the_worker_is_busy_with_others() throws Exception {
        JobHandle<Integer> poisoned = enqueueWork(1).get(0);
        dieWith(1);
        start(worker().concurrency(1)
                .handle(ECHO, (text, job) -> {
                    if (poisoned.state() == JobState.READY) {
                        millrace.enqueueAll(List.of(ECHO.with(text), ECHO.with(text)));
                    }
                    return text;
                })
                .handle(WORK, (number, job) -> number));
        millrace.enqueueAll(java.util.stream.Stream.generate(() -> ECHO.with("others"))
                .limit(200)
                .toList());

        assertThat(poisoned.await(PATIENCE)).isEqualTo(0);
        until("the others are done", () -> count(JobState.READY) == 0 && count(JobState.RUNNING) == 0);
    }

    @Test
    void a_struck_batch_member_runs_alone() throws Exception {
        List<JobHandle<Integer>> poisoned = enqueueWork(2);
        dieWith(2);
        List<JobHandle<Integer>> innocent = enqueueWork(4);
        AtomicInteger mixed = new AtomicInteger();
        start(worker().handleBatch(WORK, 10, batch -> {
            boolean struckOne = batch.stream()
                    .anyMatch(job -> poisoned.stream()
                            .anyMatch(handle -> handle.id().equals(job.context().id())));
            if (struckOne && batch.size() > 1) {
                mixed.incrementAndGet();
            }
        }));

        for (JobHandle<Integer> handle : poisoned) {
            handle.await(PATIENCE);
        }
        for (JobHandle<Integer> handle : innocent) {
            handle.await(PATIENCE);
        }
        assertThat(mixed).hasValue(0);
    }

    @Test
    void a_job_under_which_workers_keep_dying_has_failed_at_last() {
        JobHandle<Integer> poisoned = enqueueWork(1).get(0);

        dieWith(1);
        for (int strike = 1; strike <= Transition.STRIKES; strike++) {
            assertThat(poisoned.state()).isEqualTo(JobState.READY);
            dieWith(1);
        }

        assertThat(poisoned.state()).isEqualTo(JobState.FAILED);
        assertThat(poisoned.info().failure().orElseThrow().message()).contains("3 times");
        Worker worker = build(worker().handle(WORK, (number, job) -> number));
        assertThat(worker.drain()).isZero();
    }
}
