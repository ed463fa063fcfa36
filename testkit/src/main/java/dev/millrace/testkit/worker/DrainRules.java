package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.PermanentFailure;
import dev.millrace.RetryPolicy;
import dev.millrace.Worker;
import dev.millrace.WorkerStats;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.contract.Together;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Jobs run on the caller's thread, on the caller's word. Time is moved by hand. */
abstract class DrainRules extends WorkerPart {
    private final ManualClock clock = new ManualClock(START);

    @Override
    Clock clock() {
        return clock;
    }

    @Test
    void draining_runs_what_is_due_on_this_thread_and_tells_how_many() {
        List<Thread> threads = new ArrayList<>();
        Worker worker = build(worker().handle(WORK, (number, job) -> {
            threads.add(Thread.currentThread());
            return number;
        }));
        enqueueWork(3);
        JobHandle<Integer> later = millrace.enqueue(WORK.with(3).in(Duration.ofHours(1)));

        assertThat(worker.drain()).isEqualTo(3);
        assertThat(threads).containsOnly(Thread.currentThread());
        assertThat(later.state()).isEqualTo(JobState.SCHEDULED);
        clock.advance(Duration.ofHours(1).plusSeconds(1));
        assertThat(worker.drain()).isEqualTo(1);
        assertThat(later.state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void draining_runs_what_handlers_enqueue_meanwhile() {
        Worker worker = build(worker().handle(WORK, (number, job) -> {
            if (number > 0) {
                millrace.enqueue(WORK, number - 1);
            }
            return number;
        }));
        millrace.enqueue(WORK, 4);

        assertThat(worker.drain()).isEqualTo(5);
    }

    @Test
    void one_run_at_a_time() {
        Worker worker = build(worker().handle(WORK, (number, job) -> number));
        enqueueWork(2);

        assertThat(worker.runOne()).isTrue();
        assertThat(count(JobState.READY)).isEqualTo(1);
        assertThat(worker.runOne()).isTrue();
        assertThat(worker.runOne()).isFalse();
    }

    @Test
    void a_job_can_be_run_before_its_time_and_past_those_before_it() throws Exception {
        Worker worker = build(worker().handle(WORK, (number, job) -> number));
        List<JobHandle<Integer>> before = enqueueWork(2);
        JobHandle<Integer> later =
                millrace.enqueue(WORK.with(7).in(Duration.ofHours(1)).priority(-5));

        assertThat(worker.runNow(later.id())).isTrue();

        assertThat(later.await(PATIENCE)).isEqualTo(7);
        assertThat(before).extracting(JobHandle::state).containsOnly(JobState.READY);
    }

    @Test
    void what_has_ended_is_unknown_or_has_no_handler_here_is_not_run() {
        Worker worker = build(worker().handle(WORK, (number, job) -> number));
        JobHandle<Integer> ended = enqueueWork(1).get(0);
        worker.drain();

        assertThat(worker.runNow(ended.id())).isFalse();
        assertThat(worker.runNow(UUID.randomUUID())).isFalse();
        assertThat(worker.runNow(millrace.enqueue(ECHO, "hello").id())).isFalse();
    }

    @Test
    void of_a_thousand_who_want_to_run_a_job_exactly_one_does() {
        AtomicInteger runs = new AtomicInteger();
        List<Worker> workers = IntStream.range(0, 4)
                .mapToObj(i -> build(worker().handle(WORK, (number, job) -> {
                    runs.incrementAndGet();
                    return number;
                })))
                .toList();
        UUID id = millrace.enqueue(WORK, 7).id();

        List<Boolean> ran = Together.each(
                IntStream.range(0, 1_000).boxed().toList(),
                i -> workers.get(i % 4).runNow(id));

        assertThat(ran).filteredOn(Boolean::booleanValue).hasSize(1);
        assertThat(runs).hasValue(1);
    }

    @Test
    void a_worker_runs_for_as_long_as_it_is_told() throws Exception {
        Worker worker = build(worker().handle(WORK, (number, job) -> number));
        List<JobHandle<Integer>> handles = enqueueWork(5);

        long began = System.nanoTime();
        worker.run(Duration.ofMillis(300));

        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(300_000_000L);
        assertThat(handles).extracting(JobHandle::state).containsOnly(JobState.SUCCEEDED);
        assertThat(store.sessions()).allMatch(session -> session.closedAt() != null);
    }

    @Test
    void a_worker_that_is_done_early_does_not_wait_for_the_end_of_its_time() throws Exception {
        Worker worker = build(worker().maxTasks(2).handle(WORK, (number, job) -> number));
        enqueueWork(2);

        CompletableFuture<Void> run = CompletableFuture.runAsync(() -> {
            try {
                worker.run(Duration.ofDays(200_000));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });

        run.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(count(JobState.SUCCEEDED)).isEqualTo(2);
    }

    @Test
    void a_worker_is_idle_once_nothing_is_due_and_nothing_runs() throws Exception {
        Gate gate = new Gate();
        Worker worker = start(worker().handle(WORK, (number, job) -> {
            gate.pass();
            return number;
        }));
        enqueueWork(20);
        gate.awaitArrivals(16);

        assertThat(worker.awaitIdle(Duration.ofMillis(20))).isFalse();
        gate.open();

        assertThat(worker.awaitIdle(Duration.ofSeconds(Long.MAX_VALUE))).isTrue();
        assertThat(count(JobState.SUCCEEDED)).isEqualTo(20);
    }

    @Test
    void a_worker_counts_what_it_does() throws Exception {
        Gate gate = new Gate();
        Worker worker = start(worker().name("counter")
                .concurrency(2)
                .handle(ECHO, (text, job) -> {
                    gate.pass();
                    return text;
                })
                .handle(WORK.retry(RetryPolicy.fixed(Duration.ofHours(1))), (number, job) -> {
                    switch (number % 3) {
                        case 0 -> throw new IllegalStateException("to be tried again");
                        case 1 -> throw new PermanentFailure("for good");
                        default -> {
                            return number;
                        }
                    }
                }));
        enqueueWork(9);
        until("all are counted", () -> worker.stats().counts().processed() == 9);
        JobHandle<String> running = millrace.enqueue(ECHO, "hello");
        gate.awaitArrivals(1);

        WorkerStats stats = worker.stats();

        assertThat(stats.worker()).isEqualTo("counter").isEqualTo(worker.name());
        assertThat(stats.counts()).isEqualTo(new WorkerStats.Counts(9, 3, 3, 3, 1, 0));
        assertThat(stats.perSecond()).isPositive();
        assertThat(stats.runTime().p95()).isPositive();
        assertThat(stats.runTime().mean()).isPositive();
        assertThat(stats.uptime()).isPositive();
        gate.open();
        running.await(PATIENCE);
        until("it is counted", () -> worker.stats().counts().equals(new WorkerStats.Counts(10, 4, 3, 3, 0, 0)));
        assertThat(worker.stats().runTime().p95())
                .isGreaterThanOrEqualTo(stats.runTime().p95());
    }
}
