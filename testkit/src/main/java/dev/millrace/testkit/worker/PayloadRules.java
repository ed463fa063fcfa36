package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Failure;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.TypeRef;
import dev.millrace.Worker;
import dev.millrace.WorkerBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What cannot be written, read or kept ends its own job with a reason, and hurts no other. */
abstract class PayloadRules extends WorkerPart {
    private static final JobType<Integer, Object> ANYTHING = JobType.of("anything", Integer.class, Object.class);

    @Test
    @SuppressWarnings("VoidUsed") // what the handler gets is the point
    void a_job_may_have_no_payload() throws Exception {
        JobType<Void, String> ping = JobType.of("ping", Void.class, String.class);
        start(worker().handle(ping, (nothing, job) -> nothing == null ? "pong" : "ping"));

        assertThat(millrace.enqueue(ping.with(null)).await(PATIENCE)).isEqualTo("pong");
    }

    @Test
    void a_result_over_the_limit_fails_once_with_its_size_and_the_limit() {
        AtomicInteger runs = new AtomicInteger();
        Millrace narrow = Millrace.builder(store).maxResultBytes(10).open();
        start(hasty(narrow).handle(ECHO, (text, job) -> {
            runs.incrementAndGet();
            return text;
        }));

        Failure failure = failureOf(millrace.enqueue(ECHO, "123456789"));

        assertThat(failure.message()).contains("11 bytes", "at most 10");
        assertThat(runs).hasValue(1);
    }

    @Test
    void a_result_that_cannot_be_written_fails_once() {
        Failure failure = failureOfResult(() -> new Object() {
            @SuppressWarnings({"unused", "EffectivelyPrivate"}) // the serializer asks for it
            public String getName() {
                throw new IllegalStateException("it has no name");
            }
        });

        assertThat(failure.message()).contains("it has no name");
    }

    @Test
    void a_result_that_holds_itself_fails_once() {
        Failure failure = failureOfResult(() -> {
            List<Object> snake = new ArrayList<>();
            snake.add(snake);
            return snake;
        });

        assertThat(failure.type()).isNotEmpty();
    }

    private Failure failureOfResult(Supplier<Object> result) {
        AtomicInteger runs = new AtomicInteger();
        start(worker().handle(ANYTHING, (number, job) -> {
            runs.incrementAndGet();
            return result.get();
        }));

        Failure failure = failureOf(millrace.enqueue(ANYTHING, 1));

        assertThat(runs).hasValue(1);
        return failure;
    }

    private static Failure failureOf(JobHandle<?> handle) {
        return awaitState(handle, JobState.FAILED).failure().orElseThrow();
    }

    @Test
    void a_payload_that_does_not_fit_fails_untouched_and_can_be_retried_after_the_fix() throws Exception {
        AtomicInteger mistakenRuns = new AtomicInteger();
        Worker mistaken = start(worker().handle(JobType.of("echo", Integer.class, Integer.class), (number, job) -> {
            mistakenRuns.incrementAndGet();
            return number;
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        Failure failure = failureOf(handle);
        mistaken.close();

        assertThat(failure.message()).contains("payload").contains("untouched");
        assertThat(mistakenRuns).hasValue(0);
        assertThat(handle.info().payload(TypeRef.of(String.class))).isEqualTo("hello");
        start(worker().handle(ECHO, (text, job) -> text));
        assertThat(millrace.jobs().ids(Set.of(handle.id())).retryAll()).isEqualTo(1);
        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
    }

    @Test
    void a_payload_that_does_not_fit_does_not_hurt_its_neighbours() throws Exception {
        JobType<Integer, Integer> mistaken = JobType.of("echo", Integer.class, Integer.class);
        JobHandle<String> bad = millrace.enqueue(ECHO, "not a number");
        JobHandle<Integer> good = millrace.enqueue(mistaken, 7);

        start(worker().concurrency(1).handle(mistaken, (number, job) -> number + 1));

        assertThat(good.await(PATIENCE)).isEqualTo(8);
        awaitState(bad, JobState.FAILED);
    }

    @Test
    void a_job_of_an_unknown_kind_stays_ready_for_a_worker_that_knows_it() throws Exception {
        JobHandle<String> unknown = millrace.enqueue(ECHO, "hello");
        WorkerBuilder knowsWork = worker().handle(WORK, (number, job) -> number);
        start(knowsWork);
        millrace.enqueue(WORK, 1).await(PATIENCE);
        assertThat(unknown.state()).isEqualTo(JobState.READY);

        start(worker().handle(ECHO, (text, job) -> text));

        assertThat(unknown.await(PATIENCE)).isEqualTo("hello");
    }

    @Test
    void very_many_jobs_of_an_unknown_kind_at_the_head_hold_nobody_up() throws Exception {
        millrace.enqueueEach(IntStream.range(0, contract.many())
                .mapToObj(i -> ECHO.with("unknown").priority(5)));
        List<JobHandle<Integer>> known = enqueueWork(500);
        Worker worker = start(worker().handle(WORK, (number, job) -> number));

        until("all of the known kind ran", () -> worker.stats().counts().succeeded() >= known.size());

        assertThat(worker.stats().counts().succeeded()).isEqualTo(known.size());
        assertThat(count(JobState.READY)).isEqualTo(contract.many());
    }
}
