package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.Worker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How much a worker does at once, in all, and when it holds back. */
abstract class LimitRules extends WorkerPart {

    @Test
    void as_many_handlers_run_at_once_as_the_worker_was_told() throws Exception {
        Gate gate = new Gate();
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        start(worker().concurrency(3).handle(WORK, (number, job) -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            gate.pass();
            running.decrementAndGet();
            return number;
        }));
        List<JobHandle<Integer>> handles = enqueueWork(50);

        gate.awaitArrivals(3);
        gate.open();

        for (JobHandle<Integer> handle : handles) {
            handle.await(PATIENCE);
        }
        assertThat(most).hasValue(3);
    }

    @Test
    void a_worker_stops_after_its_last_task() throws Exception {
        enqueueWork(10);
        Worker worker = start(worker().concurrency(4).maxTasks(3).handle(WORK, (number, job) -> number));

        worker.awaitStop();

        assertThat(count(JobState.SUCCEEDED)).isEqualTo(3);
        assertThat(count(JobState.READY)).isEqualTo(7);
        assertThat(store.sessions()).allMatch(session -> session.closedAt() != null);
    }

    @Test
    void a_worker_that_drains_stops_after_its_last_task_too() {
        enqueueWork(10);

        assertThat(build(worker().maxTasks(3).handle(WORK, (number, job) -> number))
                        .drain())
                .isEqualTo(3);
    }

    @Test
    void while_memory_is_short_nothing_is_claimed_and_it_says_why() {
        start(worker().maxMemoryMb(1).handle(ECHO, (text, job) -> text));

        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");

        until(
                "it says why",
                () -> millrace.health().reasons().stream().anyMatch(reason -> reason.contains("maxMemoryMb 1")));
        awaitBeats(2);
        assertThat(handle.state()).isEqualTo(JobState.READY);
    }

    @Test
    void with_memory_enough_jobs_are_claimed() throws Exception {
        start(worker().maxMemoryMb(1_000_000).handle(ECHO, (text, job) -> text));

        assertThat(millrace.enqueue(ECHO, "hello").await(PATIENCE)).isEqualTo("hello");
    }

    @Test
    void while_the_processors_are_busy_nothing_is_claimed_and_it_says_why() {
        AtomicBoolean burning = new AtomicBoolean(true);
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            Thread burner = new Thread(() -> {
                while (burning.get()) {
                    Thread.onSpinWait();
                }
            });
            burner.setDaemon(true);
            burner.start();
        }
        try {
            start(worker().maxCpuPercent(1).handle(ECHO, (text, job) -> text));
            until(
                    "it says why",
                    () -> millrace.health().reasons().stream().anyMatch(reason -> reason.contains("maxCpuPercent 1")));

            JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
            awaitBeats(2);

            assertThat(handle.state()).isEqualTo(JobState.READY);
        } finally {
            burning.set(false);
        }
    }

    @Test
    void virtual_threads_carry_many_waiting_handlers_or_are_refused_by_an_older_java() throws Exception {
        if (Runtime.version().feature() < 21) {
            assertThatThrownBy(() -> worker().virtualThreads())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Java 21");
            return;
        }
        CountDownLatch all = new CountDownLatch(1_000);
        start(worker().concurrency(1_000).virtualThreads().handle(WORK, (number, job) -> {
            all.countDown();
            all.await();
            return number;
        }));

        for (JobHandle<Integer> handle : enqueueWork(1_000)) {
            handle.await(PATIENCE);
        }
    }

    @Test
    void a_worker_starts_once() {
        Worker worker = start(worker().handle(ECHO, (text, job) -> text));

        assertThatThrownBy(worker::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("build a new worker");
        worker.close();
        worker.close();
        assertThatThrownBy(worker::start).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(worker::drain).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void settings_that_make_no_sense_are_refused() {
        assertThatThrownBy(() -> worker().concurrency(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> worker().maxTasks(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> worker().maxCpuPercent(101)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> worker().queues()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> worker().lease(Duration.ofSeconds(1), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("three heartbeats");
    }
}
