package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.BatchJob;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.RetryPolicy;
import dev.millrace.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Several jobs in one call of their handler, each settled by itself. */
abstract class BatchRules extends WorkerPart {
    private static final JobType<Integer, Integer> ONCE = WORK.retry(RetryPolicy.none());

    private final List<List<Integer>> batches = Collections.synchronizedList(new ArrayList<>());

    private static List<Integer> numbers(List<BatchJob<Integer, Integer>> batch) {
        return batch.stream().map(BatchJob::payload).toList();
    }

    private List<JobHandle<Integer>> enqueueOnce(int count) {
        return millrace.enqueueAll(
                IntStream.range(0, count).mapToObj(ONCE::with).toList());
    }

    @Test
    void a_batch_takes_as_many_as_are_there_up_to_its_size_in_order() {
        enqueueWork(12);
        start(worker().concurrency(1).handleBatch(WORK, 5, batch -> batches.add(numbers(batch))));

        until("all have succeeded", () -> count(JobState.SUCCEEDED) == 12);

        assertThat(batches).hasSize(3);
        assertThat(batches).containsExactly(List.of(0, 1, 2, 3, 4), List.of(5, 6, 7, 8, 9), List.of(10, 11));
    }

    @Test
    void nothing_waits_for_a_batch_to_fill() throws Exception {
        start(worker().handleBatch(WORK, 100, batch -> batch.forEach(job -> job.succeed(job.payload() + 1))));

        assertThat(millrace.enqueue(WORK, 1).await(PATIENCE)).isEqualTo(2);
    }

    @Test
    void batches_and_single_jobs_share_a_worker() throws Exception {
        enqueueWork(50);
        start(worker().concurrency(2)
                .handle(ECHO, (text, job) -> text)
                .handleBatch(WORK, 10, batch -> batches.add(numbers(batch))));

        assertThat(millrace.enqueue(ECHO, "hello").await(PATIENCE)).isEqualTo("hello");
        until("all have succeeded", () -> count(JobState.SUCCEEDED) == 51);
        assertThat(batches).allMatch(batch -> batch.size() <= 10);
        assertThat(batches.stream().flatMap(List::stream)).hasSize(50).doesNotHaveDuplicates();
    }

    @Test
    void jobs_are_settled_one_by_one_and_the_rest_succeed_when_the_handler_returns() throws Exception {
        List<JobHandle<Integer>> handles = enqueueOnce(4);
        start(worker().handleBatch(ONCE, 4, batch -> {
            batch.get(0).succeed(100);
            batch.get(1).fail(new IllegalStateException("not this one"));
            batch.get(2).snooze(Duration.ofHours(1));
        }));

        assertThat(handles.get(0).await(PATIENCE)).isEqualTo(100);
        assertThat(awaitState(handles.get(1), JobState.FAILED)
                        .failure()
                        .orElseThrow()
                        .message())
                .isEqualTo("not this one");
        assertThat(awaitState(handles.get(2), JobState.SCHEDULED).attempt()).isZero();
        assertThat(handles.get(3).await(PATIENCE)).isNull();
    }

    @Test
    void when_the_handler_throws_the_rest_fail_and_what_was_settled_stands() throws Exception {
        List<JobHandle<Integer>> handles = enqueueOnce(3);
        start(worker().handleBatch(ONCE, 3, batch -> {
            batch.get(0).succeed(100);
            throw new IllegalStateException("the connection broke");
        }));

        assertThat(handles.get(0).await(PATIENCE)).isEqualTo(100);
        for (JobHandle<Integer> rest : handles.subList(1, 3)) {
            assertThat(awaitState(rest, JobState.FAILED).failure().orElseThrow().message())
                    .isEqualTo("the connection broke");
        }
    }

    @Test
    void a_failed_member_is_retried_by_its_policy() throws Exception {
        start(worker().handleBatch(WORK, 2, batch -> {
            for (BatchJob<Integer, Integer> job : batch) {
                if (job.context().attempt() == 1 && job.payload() == 1) {
                    job.fail(new IllegalStateException("not yet"));
                } else {
                    job.succeed(job.context().attempt());
                }
            }
        }));
        JobType<Integer, Integer> retried = WORK.retry(RetryPolicy.fixed(Duration.ZERO));
        List<JobHandle<Integer>> handles = millrace.enqueueAll(List.of(retried.with(0), retried.with(1)));

        assertThat(handles.get(0).await(PATIENCE)).isEqualTo(1);
        assertThat(handles.get(1).await(PATIENCE)).isEqualTo(2);
    }

    @Test
    void settling_twice_is_refused_and_changes_nothing() throws Exception {
        AtomicReference<BatchJob<Integer, Integer>> kept = new AtomicReference<>();
        JobHandle<Integer> handle = millrace.enqueue(WORK, 1);
        start(worker().handleBatch(WORK, 1, batch -> {
            kept.set(batch.get(0));
            batch.get(0).succeed(100);
            assertThatThrownBy(() -> batch.get(0).fail(new IllegalStateException("after all")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("settled already");
        }));
        assertThat(handle.await(PATIENCE)).isEqualTo(100);

        assertThatThrownBy(() -> Objects.requireNonNull(kept.get()).succeed(200))
                .isInstanceOf(IllegalStateException.class);

        assertThat(handle.await(PATIENCE)).isEqualTo(100);
    }

    @Test
    void a_member_that_cannot_be_read_does_not_hurt_its_neighbours() throws Exception {
        JobType<String, Integer> mistaken = JobType.of("work", String.class, Integer.class);
        JobHandle<Integer> bad = millrace.enqueue(mistaken, "not a number");
        List<JobHandle<Integer>> good = enqueueWork(2);
        start(worker().handleBatch(WORK, 3, batch -> batches.add(numbers(batch))));

        awaitState(bad, JobState.FAILED);
        assertThat(good.get(0).await(PATIENCE)).isNull();
        assertThat(good.get(1).await(PATIENCE)).isNull();
        assertThat(batches.stream().flatMap(List::stream)).containsExactly(0, 1);
    }

    @Test
    void a_result_over_the_limit_fails_its_own_job_only() throws Exception {
        Millrace narrow = Millrace.builder(store).maxResultBytes(10).open();
        List<JobHandle<String>> handles = millrace.enqueueAll(List.of(ECHO.with("a"), ECHO.with("b")));
        start(hasty(narrow).handleBatch(ECHO, 2, batch -> {
            batch.get(0).succeed("far too long for this");
            batch.get(1).succeed("short");
        }));

        assertThat(awaitState(handles.get(0), JobState.FAILED)
                        .failure()
                        .orElseThrow()
                        .message())
                .contains("at most 10");
        assertThat(handles.get(1).await(PATIENCE)).isEqualTo("short");
    }

    @Test
    void a_batch_whose_time_is_up_fails_and_what_was_settled_stands() throws Exception {
        Gate gate = new Gate();
        JobType<Integer, Integer> hurried = ONCE.timeout(Duration.ofMillis(50));
        List<JobHandle<Integer>> handles = millrace.enqueueAll(List.of(hurried.with(0), hurried.with(1)));
        start(worker().handleBatch(ONCE, 2, batch -> {
            batch.get(0).succeed(100);
            gate.pass();
        }));

        assertThat(awaitState(handles.get(1), JobState.FAILED)
                        .failure()
                        .orElseThrow()
                        .message())
                .contains("timed out");
        assertThat(handles.get(0).await(PATIENCE)).isEqualTo(100);
    }

    @Test
    void a_worker_that_drains_runs_batches_too() throws Exception {
        List<JobHandle<Integer>> handles = enqueueWork(3);
        Worker worker = build(worker().handleBatch(WORK, 10, batch -> batch.forEach(job -> job.succeed(1))));

        worker.drain();

        for (JobHandle<Integer> handle : handles) {
            assertThat(handle.await(PATIENCE)).isEqualTo(1);
        }
    }
}
