package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.AwaitTimeoutException;
import dev.millrace.CancelReason;
import dev.millrace.JobCancelledException;
import dev.millrace.JobFailedException;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.ResultExpiredException;
import dev.millrace.RetryPolicy;
import dev.millrace.SerializationException;
import dev.millrace.StoreException;
import dev.millrace.TypeRef;
import dev.millrace.testkit.Faults.Call;
import dev.millrace.testkit.Faults.Gate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a handler returned, or how the job ended otherwise, comes to those who await it. */
abstract class ResultRules extends WorkerPart {
    private static final JobType<String, List<Word>> SPLIT =
            JobType.of("split", String.class, new TypeRef<List<Word>>() {});
    private static final JobType<String, Void> SILENT = JobType.of("silent", String.class);

    private record Word(String text, int length) {}

    @Test
    void a_result_comes_back_in_its_type() throws Exception {
        start(worker().handle(SPLIT, (text, job) -> List.of(new Word(text, text.length()))));

        List<Word> words = millrace.enqueue(SPLIT, "hello").await(PATIENCE);

        assertThat(words).containsExactly(new Word("hello", 5));
    }

    @Test
    void a_handler_without_a_result_gives_null() throws Exception {
        start(worker().handle(SILENT, (text, job) -> {}));

        assertThat(millrace.enqueue(SILENT, "hush").await(PATIENCE)).isNull();
    }

    @Test
    void a_result_comes_as_a_future() throws Exception {
        start(worker().handle(ECHO, (text, job) -> text));

        CompletableFuture<String> future = millrace.enqueue(ECHO, "hello").future();

        assertThat(future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("hello");
    }

    @Test
    void many_results_are_awaited_at_once() throws Exception {
        start(worker().handle(WORK, (number, job) -> number * 2));

        List<CompletableFuture<Integer>> futures = new ArrayList<>();
        for (JobHandle<Integer> handle : enqueueWork(500)) {
            futures.add(handle.future());
        }

        for (int i = 0; i < futures.size(); i++) {
            assertThat(futures.get(i).get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo(i * 2);
        }
    }

    @Test
    void a_job_that_has_ended_can_be_awaited_again() throws Exception {
        start(worker().handle(ECHO, (text, job) -> text));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");

        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
        assertThat(millrace.handle(ECHO, handle.id()).await(PATIENCE)).isEqualTo("hello");
    }

    @Test
    void one_who_is_ready_to_wait_forever_gets_the_result_too() throws Exception {
        start(worker().handle(ECHO, (text, job) -> text));

        assertThat(millrace.enqueue(ECHO, "hello").await(Duration.ofSeconds(Long.MAX_VALUE)))
                .isEqualTo("hello");
    }

    @Test
    void a_result_can_be_awaited_elsewhere() throws Exception {
        Millrace elsewhere = another();
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        CompletableFuture<String> there = elsewhere.handle(ECHO, handle.id()).future();

        start(worker().handle(ECHO, (text, job) -> text));

        assertThat(there.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("hello");
    }

    @Test
    void a_failed_job_throws_what_went_wrong() {
        start(worker().handle(ECHO, (text, job) -> {
            throw new IllegalStateException("the printer is on fire");
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").retry(RetryPolicy.none()));

        JobFailedException failed = catchThrowableOfType(JobFailedException.class, () -> handle.await(PATIENCE));

        assertThat(failed.id()).isEqualTo(handle.id());
        assertThat(failed.kind()).isEqualTo("echo");
        assertThat(failed.attempts()).isEqualTo(1);
        assertThat(failed.failure().type()).isEqualTo(IllegalStateException.class.getName());
        assertThat(failed.failure().message()).isEqualTo("the printer is on fire");
        assertThat(failed.failure().stack()).contains(getClass().getPackageName());
        assertThat(failed).hasMessageContaining("the printer is on fire");
    }

    @Test
    void a_failed_job_fails_its_future() {
        start(worker().handle(ECHO, (text, job) -> {
            throw new IllegalStateException("no");
        }));

        CompletableFuture<String> future =
                millrace.enqueue(ECHO.with("hello").retry(RetryPolicy.none())).future();

        assertThatThrownBy(() -> future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(JobFailedException.class);
    }

    @Test
    void a_cancelled_job_throws_why() {
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        assertThat(handle.cancel()).isTrue();

        JobCancelledException cancelled =
                catchThrowableOfType(JobCancelledException.class, () -> handle.await(PATIENCE));

        assertThat(cancelled.reason()).isEqualTo(CancelReason.REQUESTED);
        assertThat(cancelled.id()).isEqualTo(handle.id());
    }

    @Test
    void a_wait_that_is_over_says_where_the_job_stands_and_the_job_goes_on() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");

        AwaitTimeoutException late =
                catchThrowableOfType(AwaitTimeoutException.class, () -> handle.await(Duration.ofMillis(20)));

        assertThat(late.state()).isEqualTo(JobState.READY);
        start(worker().handle(ECHO, (text, job) -> text));
        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
    }

    @Test
    void a_deleted_job_has_no_result_any_more() throws Exception {
        start(worker().handle(ECHO, (text, job) -> text));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        handle.await(PATIENCE);

        assertThat(millrace.jobs().ids(Set.of(handle.id())).deleteAll()).isEqualTo(1);

        assertThatThrownBy(() -> handle.await(PATIENCE)).isInstanceOf(ResultExpiredException.class);
        assertThatThrownBy(handle::state).isInstanceOf(ResultExpiredException.class);
    }

    @Test
    void a_look_that_was_under_way_when_a_job_was_deleted_tells_nothing_to_those_who_wait_later() throws Exception {
        start(worker().handle(ECHO, (text, job) -> text));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        handle.await(PATIENCE);
        Gate looking = faults().blockReply(Call.GET);
        CompletableFuture<String> before = handle.future();
        looking.awaitCall();

        millrace.jobs().ids(Set.of(handle.id())).deleteAll();
        CompletableFuture<String> after = handle.future();
        looking.open();

        assertThat(before.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("hello");
        assertThatThrownBy(() -> after.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .hasCauseInstanceOf(ResultExpiredException.class);
    }

    @Test
    void a_job_that_is_deleted_while_it_is_awaited_ends_the_wait() {
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        CompletableFuture<String> future = handle.future();

        millrace.jobs().ids(Set.of(handle.id())).deleteAll();

        assertThatThrownBy(() -> future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .hasCauseInstanceOf(ResultExpiredException.class);
    }

    @Test
    void a_job_that_never_was_has_no_result() {
        assertThatThrownBy(() -> millrace.handle(ECHO, UUID.randomUUID()).await(PATIENCE))
                .isInstanceOf(ResultExpiredException.class);
    }

    @Test
    void a_result_that_does_not_fit_the_type_is_an_error_of_the_reader() throws Exception {
        start(worker().handle(ECHO, (text, job) -> text));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        handle.await(PATIENCE);

        JobHandle<Integer> mistaken = millrace.handle(JobType.of("echo", String.class, Integer.class), handle.id());

        assertThatThrownBy(() -> mistaken.await(PATIENCE)).isInstanceOf(SerializationException.class);
        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
    }

    @Test
    void a_handler_that_would_wait_for_itself_forever_is_told_so() {
        start(worker().concurrency(1)
                .handle(SILENT, (text, job) -> millrace.enqueue(ECHO, text).await(PATIENCE))
                .handle(ECHO, (text, job) -> text));
        JobHandle<Void> outer = millrace.enqueue(SILENT.with("hello").retry(RetryPolicy.none()));

        assertThatThrownBy(() -> outer.await(PATIENCE))
                .isInstanceOf(JobFailedException.class)
                .hasMessageContaining("no other thread")
                .hasMessageContaining("concurrency");
    }

    @Test
    void a_handler_may_await_a_job_while_its_worker_has_a_thread_to_run_it() throws Exception {
        JobType<String, String> outer = JobType.of("outer", String.class, String.class);
        start(worker().concurrency(2)
                .handle(outer, (text, job) -> millrace.enqueue(ECHO, text).await(PATIENCE) + "!")
                .handle(ECHO, (text, job) -> text));

        assertThat(millrace.enqueue(outer, "hello").await(PATIENCE)).isEqualTo("hello!");
    }

    @Test
    void a_handler_of_a_full_worker_may_read_a_result_that_is_there() throws Exception {
        start(worker().concurrency(1)
                .handle(SPLIT, (id, job) -> {
                    String text = millrace.handle(ECHO, UUID.fromString(id)).await(PATIENCE);
                    return List.of(new Word(String.valueOf(text), 1));
                })
                .handle(ECHO, (text, job) -> text));
        JobHandle<String> first = millrace.enqueue(ECHO, "hello");
        first.await(PATIENCE);

        assertThat(millrace.enqueue(SPLIT, first.id().toString()).await(PATIENCE))
                .containsExactly(new Word("hello", 1));
    }

    @Test
    void one_who_waits_can_be_interrupted() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CountDownLatch waits = new CountDownLatch(1);
        Thread waiter = new Thread(() -> {
            waits.countDown();
            try {
                handle.await(PATIENCE);
            } catch (Exception e) {
                thrown.set(e);
            }
        });
        waiter.start();
        waits.await();

        waiter.interrupt();
        waiter.join(PATIENCE.toMillis());

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void closing_ends_the_waits_that_are_left() {
        Millrace elsewhere = elsewhere();
        CompletableFuture<String> future = elsewhere.enqueue(ECHO, "hello").future();

        elsewhere.close();

        assertThatThrownBy(() -> future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .hasCauseInstanceOf(StoreException.class);
    }
}
