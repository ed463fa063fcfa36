package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.BatchJob;
import dev.millrace.Interceptor;
import dev.millrace.JobCall;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.PermanentFailure;
import dev.millrace.RetryPolicy;
import dev.millrace.Snooze;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Interceptors stand around handlers as if they were part of them. */
abstract class InterceptorRules extends WorkerPart {
    private final List<String> steps = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger handled = new AtomicInteger();

    private Interceptor named(String name) {
        return call -> {
            steps.add(name + " before");
            try {
                return call.proceed();
            } finally {
                steps.add(name + " after");
            }
        };
    }

    private String handle(String text) {
        handled.incrementAndGet();
        steps.add("handler");
        return text;
    }

    @Test
    void the_first_is_outermost_and_those_of_the_millrace_stand_around_those_of_the_worker() throws Exception {
        Millrace intercepted = Millrace.builder(store)
                .interceptor(named("one"))
                .interceptor(named("two"))
                .open();
        start(hasty(intercepted).interceptor(named("three")).handle(ECHO, (text, job) -> handle(text)));

        assertThat(intercepted.enqueue(ECHO, "hello").await(PATIENCE)).isEqualTo("hello");

        assertThat(steps)
                .containsExactly(
                        "one before", "two before", "three before", "handler", "three after", "two after", "one after");
    }

    @Test
    void one_sees_job_and_payload_and_may_change_the_result() throws Exception {
        List<Object> seen = new CopyOnWriteArrayList<>();
        start(worker().interceptor(call -> {
                    if (call instanceof JobCall.One one) {
                        seen.addAll(List.of(one.job().id(), one.job().meta(), Objects.requireNonNull(one.payload())));
                    }
                    return call.proceed() + "!";
                })
                .handle(ECHO, (text, job) -> handle(text)));

        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").meta("tenant", "acme"));

        assertThat(handle.await(PATIENCE)).isEqualTo("hello!");
        assertThat(seen).containsExactly(handle.id(), Map.of("tenant", "acme"), "hello");
    }

    @Test
    void one_that_does_not_proceed_gives_the_result_itself() throws Exception {
        start(worker().interceptor(call -> "from the cache").handle(ECHO, (text, job) -> handle(text)));

        assertThat(millrace.enqueue(ECHO, "hello").await(PATIENCE)).isEqualTo("from the cache");

        assertThat(handled).hasValue(0);
    }

    @Test
    void a_result_of_another_type_fails_its_own_job_once() {
        start(worker().interceptor(call -> new Thread()).handle(WORK, (number, job) -> number));

        JobHandle<Integer> handle = millrace.enqueue(WORK, 1);

        assertThat(awaitState(handle, JobState.FAILED).failure().orElseThrow().message())
                .contains("result cannot be stored");
    }

    @Test
    void what_one_throws_counts_as_the_handlers() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        start(worker().interceptor(call -> {
                    switch (calls.incrementAndGet()) {
                        case 1 -> throw new Snooze(Duration.ofMillis(1));
                        case 2 -> throw new IllegalStateException("not yet");
                        case 3 -> throw new PermanentFailure("never");
                        default -> throw new AssertionError("a failure for good is not retried");
                    }
                })
                .handle(ECHO, (text, job) -> handle(text)));

        JobHandle<String> handle = millrace.enqueue(
                ECHO.with("hello").retry(RetryPolicy.fixed(Duration.ofMillis(1)).attempts(9)));

        var info = awaitState(handle, JobState.FAILED);
        assertThat(info.failure().orElseThrow().message()).isEqualTo("never");
        assertThat(info.attempt()).isEqualTo(2);
        assertThat(runs(handle)).hasSize(3);
        assertThat(handled).hasValue(0);
    }

    @Test
    void one_may_try_again_at_once_what_failed() throws Exception {
        start(worker().interceptor(call -> {
                    try {
                        return call.proceed();
                    } catch (IllegalStateException e) {
                        return call.proceed();
                    }
                })
                .handle(ECHO, (text, job) -> {
                    if (handled.incrementAndGet() == 1) {
                        throw new IllegalStateException("the first time");
                    }
                    return text;
                }));

        assertThat(millrace.enqueue(ECHO, "hello").await(PATIENCE)).isEqualTo("hello");
        assertThat(handled).hasValue(2);
    }

    @Test
    void the_timeout_is_that_of_interceptors_and_handler_together() {
        CountDownLatch never = new CountDownLatch(1);
        start(worker().interceptor(call -> {
                    never.await();
                    return call.proceed();
                })
                .handle(ECHO, (text, job) -> handle(text)));

        JobHandle<String> handle = millrace.enqueue(
                ECHO.with("hello").timeout(Duration.ofMillis(50)).retry(RetryPolicy.none()));

        assertThat(awaitState(handle, JobState.FAILED).failure().orElseThrow().message())
                .contains("timed out");
        assertThat(handled).hasValue(0);
    }

    /** Three jobs and a worker that takes as many at once as it gets. */
    private List<JobHandle<Integer>> batchOfThree(Interceptor interceptor) {
        List<JobHandle<Integer>> handles =
                millrace.enqueueAll(IntStream.range(0, 3).mapToObj(WORK::with).toList());
        start(worker().concurrency(1).interceptor(interceptor).handleBatch(WORK, 3, batch -> handleEach(batch)));
        return handles;
    }

    private void handleEach(List<BatchJob<Integer, Integer>> batch) {
        for (BatchJob<Integer, Integer> each : batch) {
            handled.incrementAndGet();
            each.succeed(each.payload() * 10);
        }
    }

    @Test
    void around_a_batch_one_is_called_once_and_sees_every_job() throws Exception {
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        List<@Nullable Object> payloads = new CopyOnWriteArrayList<>();
        List<JobHandle<Integer>> handles = batchOfThree(call -> {
            sizes.add(call.jobs().size());
            ((JobCall.Batch) call).batch().forEach(each -> payloads.add(each.payload()));
            return call.proceed();
        });

        for (int i = 0; i < 3; i++) {
            assertThat(handles.get(i).await(PATIENCE)).isEqualTo(i * 10);
        }
        assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(3);
        assertThat(payloads).containsExactly(0, 1, 2);
        assertThat(handled).hasValue(3);
    }

    @Test
    void around_a_batch_one_may_settle_jobs_itself_and_leave_the_handler_out() throws Exception {
        List<JobHandle<Integer>> handles = batchOfThree(call -> {
            ((JobCall.Batch) call).batch().forEach(each -> each.succeed(7));
            return null;
        });

        for (JobHandle<Integer> handle : handles) {
            assertThat(handle.await(PATIENCE)).isEqualTo(7);
        }
        assertThat(handled).hasValue(0);
    }

    @Test
    void around_a_batch_the_handler_gets_only_those_jobs_that_are_not_settled_yet() throws Exception {
        List<JobHandle<Integer>> handles = batchOfThree(call -> {
            for (BatchJob<@Nullable Object, @Nullable Object> each : ((JobCall.Batch) call).batch()) {
                if (Objects.equals(each.payload(), 1)) {
                    each.succeed(7);
                }
            }
            return call.proceed();
        });

        assertThat(handles.get(0).await(PATIENCE)).isEqualTo(0);
        assertThat(handles.get(1).await(PATIENCE)).isEqualTo(7);
        assertThat(handles.get(2).await(PATIENCE)).isEqualTo(20);
        assertThat(handled).hasValue(2);
    }

    @Test
    void around_a_batch_what_one_throws_ends_the_jobs_that_are_not_settled() {
        List<JobHandle<Integer>> handles = batchOfThree(call -> {
            for (BatchJob<@Nullable Object, @Nullable Object> each : ((JobCall.Batch) call).batch()) {
                if (Objects.equals(each.payload(), 1)) {
                    each.succeed(10);
                }
            }
            throw new PermanentFailure("not today");
        });

        awaitState(handles.get(0), JobState.FAILED);
        awaitState(handles.get(1), JobState.SUCCEEDED);
        awaitState(handles.get(2), JobState.FAILED);
        assertThat(handled).hasValue(0);
    }

    @Test
    void a_batch_is_handled_once() throws Exception {
        List<Throwable> errors = new CopyOnWriteArrayList<>();
        JobType<Integer, Integer> kind = JobType.of("work", Integer.class, Integer.class);
        start(worker().interceptor(call -> {
                    call.proceed();
                    assertThatThrownBy(call::proceed).satisfies(errors::add);
                    return null;
                })
                .handleBatch(kind, 3, batch -> handleEach(batch)));

        assertThat(millrace.enqueue(kind, 4).await(PATIENCE)).isEqualTo(40);
        assertThat(errors).singleElement().isInstanceOf(IllegalStateException.class);
    }
}
