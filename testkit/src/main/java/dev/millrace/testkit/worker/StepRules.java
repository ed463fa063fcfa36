package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobContext;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.RetryPolicy;
import dev.millrace.TypeRef;
import dev.millrace.Worker;
import dev.millrace.spi.LogLine;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a run leaves with its job: finished steps, progress and a log. */
abstract class StepRules extends WorkerPart {
    private static final RetryPolicy AT_ONCE =
            RetryPolicy.fixed(java.time.Duration.ZERO).attempts(3);

    private record Token(String value, int count) {}

    @Test
    void a_finished_step_is_not_run_again_on_a_retry() throws Exception {
        List<String> done = new ArrayList<>();
        Worker worker = build(worker().handle(ECHO, (text, job) -> {
            Token token = job.once("open", Token.class, () -> {
                done.add("open");
                return new Token("t", job.attempt());
            });
            List<Integer> pages = job.once("pages", new TypeRef<List<Integer>>() {}, () -> {
                done.add("pages");
                return List.of(1, 2, 3);
            });
            done.add("rest");
            if (job.attempt() < 3) {
                throw new IllegalStateException("not yet");
            }
            return token + " " + pages;
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").retry(AT_ONCE));

        assertThat(worker.drain()).isEqualTo(3);

        assertThat(handle.await(PATIENCE)).isEqualTo("Token[value=t, count=1] [1, 2, 3]");
        assertThat(done).containsExactly("open", "pages", "rest", "rest", "rest");
    }

    @Test
    void a_step_that_gave_null_is_finished_too() {
        List<String> done = new ArrayList<>();
        Worker worker = build(worker().handle(ECHO, (text, job) -> {
            String nothing = job.once("nothing", String.class, () -> {
                done.add("nothing");
                return null;
            });
            done.add("then " + nothing);
            throw new IllegalStateException("not yet");
        }));
        millrace.enqueue(ECHO.with("hello").retry(AT_ONCE));

        worker.drain();

        assertThat(done).containsExactly("nothing", "then null", "then null", "then null");
    }

    @Test
    void a_step_that_threw_is_run_again() throws Exception {
        List<Integer> tries = new ArrayList<>();
        Worker worker = build(worker().handle(
                        ECHO,
                        (text, job) -> job.once("step", String.class, () -> {
                            tries.add(job.attempt());
                            if (job.attempt() < 3) {
                                throw new IllegalStateException("not yet");
                            }
                            return "done";
                        })));
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").retry(AT_ONCE));

        worker.drain();

        assertThat(tries).containsExactly(1, 2, 3);
        assertThat(handle.await(PATIENCE)).isEqualTo("done");
    }

    @Test
    void a_step_belongs_to_its_job_and_is_known_within_the_run_at_once() throws Exception {
        Worker worker = build(worker().handle(ECHO, (text, job) -> {
            String first = job.once("step", String.class, () -> text);
            return first + job.once("step", String.class, () -> "never");
        }));
        JobHandle<String> one = millrace.enqueue(ECHO, "a");
        JobHandle<String> two = millrace.enqueue(ECHO, "b");

        worker.drain();

        assertThat(one.await(PATIENCE)).isEqualTo("aa");
        assertThat(two.await(PATIENCE)).isEqualTo("bb");
    }

    @Test
    void steps_are_forgotten_when_the_job_is_run_again_by_hand() throws Exception {
        List<String> done = new ArrayList<>();
        Worker worker = build(worker().handle(
                        ECHO,
                        (text, job) -> job.once("step", String.class, () -> {
                            done.add("step");
                            return text;
                        })));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        worker.drain();

        millrace.jobs().ids(Set.of(handle.id())).retryAll();
        worker.drain();

        assertThat(done).containsExactly("step", "step");
    }

    @Test
    void a_step_needs_a_name() {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Worker worker = build(worker().handle(ECHO, (text, job) -> {
            assertThatThrownBy(() -> job.once(" ", String.class, () -> "x"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .satisfies(thrown::set);
            return text;
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");

        worker.drain();

        assertThat(thrown.get()).isNotNull();
        assertThat(handle.state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void progress_and_log_can_be_seen_while_the_job_runs_and_after() throws Exception {
        Gate gate = new Gate();
        start(worker().handle(ECHO, (text, job) -> {
            job.progress(1, 10, "early");
            job.progress(3, 10, "rows");
            job.log("%d rows of %s", 3, text);
            job.log("100 % plain");
            gate.pass();
            job.progress(10, 10);
            job.log("done");
            return text;
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");

        gate.awaitArrivals(1);
        until("progress is seen", () -> handle.info().progress().equals(new Progress(3, 10, "rows")));
        assertThat(handle.state()).isEqualTo(JobState.RUNNING);
        assertThat(log(handle)).containsExactly("3 rows of hello", "100 % plain");
        gate.open();
        handle.await(PATIENCE);

        assertThat(handle.info().progress()).isEqualTo(new Progress(10, 10, ""));
        assertThat(log(handle)).containsExactly("3 rows of hello", "100 % plain", "done");
    }

    @Test
    void what_a_failed_run_reported_is_kept() {
        Worker worker = build(worker().handle(ECHO, (text, job) -> {
            job.log("attempt %d", job.attempt());
            job.progress(job.attempt(), 3);
            throw new IllegalStateException("not yet");
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO.with("hello").retry(AT_ONCE));

        worker.drain();

        assertThat(log(handle)).containsExactly("attempt 1", "attempt 2", "attempt 3");
        assertThat(handle.info().progress()).isEqualTo(new Progress(3, 3, ""));
    }

    @Test
    void what_is_reported_after_the_handler_has_returned_is_dropped() {
        AtomicReference<JobContext> kept = new AtomicReference<>();
        Worker worker = build(worker().handle(ECHO, (text, job) -> {
            job.progress(1, 1, "done");
            kept.set(job);
            return text;
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");
        worker.drain();

        JobContext context = Objects.requireNonNull(kept.get());
        context.progress(7, 1, "late");
        context.log("late");
        millrace.enqueue(ECHO, "another");
        worker.drain();

        assertThat(handle.info().progress()).isEqualTo(new Progress(1, 1, "done"));
        assertThat(log(handle)).isEmpty();
    }

    @Test
    void a_log_format_that_does_not_fit_is_logged_as_it_is() {
        Worker worker = build(worker().handle(ECHO, (text, job) -> {
            job.log("%d rows", "three");
            return text;
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");

        worker.drain();

        assertThat(log(handle)).containsExactly("%d rows [three]");
    }

    @Test
    void a_handler_knows_its_job() throws Exception {
        Worker worker = build(worker().handle(
                        ECHO,
                        (text, job) -> job.id() + " " + job.kind() + " " + job.queue() + " " + job.attempt() + " "
                                + job.tags() + " " + job.meta() + " " + job.enqueuedAt()));
        JobHandle<String> handle = millrace.enqueue(
                ECHO.with("hello").queue("mail").tag("tenant:acme").meta("locale", "en"));

        worker.drain();

        assertThat(handle.await(PATIENCE))
                .isEqualTo(handle.id() + " echo mail 1 [tenant:acme] {locale=en} "
                        + handle.info().enqueuedAt());
    }

    private List<String> log(JobHandle<?> handle) {
        return store.trail(handle.id()).log().stream().map(LogLine::text).toList();
    }
}
