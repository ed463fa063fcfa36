package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobHandle;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Recurrence;
import dev.millrace.RetryPolicy;
import dev.millrace.WorkerBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs start when they are due, not at the next heartbeat: here the next one comes far too late. */
abstract class WakeRules extends WorkerPart {
    /** Generous to a busy machine, and far from a heartbeat. */
    private static final Duration SOON = Duration.ofSeconds(2);

    private static final Duration BEFORE_A_HEARTBEAT = Duration.ofSeconds(10);

    private final Map<String, Instant> starts = new ConcurrentHashMap<>();

    @BeforeEach
    void startWorker() throws Exception {
        start(recording());
        millrace.enqueue(ECHO, "first").await(PATIENCE);
    }

    private WorkerBuilder recording() {
        return slowToBeat().handle(ECHO, (text, job) -> {
            starts.put(text, store.now());
            if (text.equals("retried") && job.attempt() == 1) {
                throw new IllegalStateException("not yet");
            }
            return text;
        });
    }

    private void assertStartsOnTime(JobHandle<String> handle, String text) throws Exception {
        assertThat(handle.await(Duration.ofSeconds(10))).isEqualTo(text);
        assertThat(starts.get(text))
                .isBetween(handle.info().dueAt(), handle.info().dueAt().plus(SOON));
    }

    @Test
    void a_job_that_is_due_now_starts_at_once() throws Exception {
        assertStartsOnTime(millrace.enqueue(ECHO, "now"), "now");
    }

    @Test
    void a_job_from_elsewhere_starts_at_once() throws Exception {
        Millrace elsewhere = another();

        assertStartsOnTime(elsewhere.enqueue(ECHO, "elsewhere"), "elsewhere");
    }

    @Test
    void a_job_that_is_due_later_starts_at_its_time() throws Exception {
        assertStartsOnTime(millrace.enqueue(ECHO.with("later").in(Duration.ofMillis(300))), "later");
    }

    @Test
    void a_job_that_comes_later_but_is_due_earlier_starts_earlier() throws Exception {
        JobHandle<String> last = millrace.enqueue(ECHO.with("last").in(Duration.ofHours(1)));
        JobHandle<String> later = millrace.enqueue(ECHO.with("later").in(Duration.ofMillis(500)));
        JobHandle<String> earlier = millrace.enqueue(ECHO.with("earlier").in(Duration.ofMillis(150)));

        assertStartsOnTime(earlier, "earlier");
        assertStartsOnTime(later, "later");
        assertThat(starts.get("earlier")).isBefore(starts.get("later"));
        assertThat(last.cancel()).isTrue();
    }

    @Test
    void a_schedule_s_jobs_start_at_their_ticks_also_of_a_schedule_that_comes_from_elsewhere() {
        List<Instant> late = new CopyOnWriteArrayList<>();
        AtomicInteger ticks = new AtomicInteger();
        start(slowToBeat().handle(WORK, (number, job) -> {
            Instant now = store.now();
            if (now.isAfter(job.scheduledFor().orElseThrow().plus(BEFORE_A_HEARTBEAT))) {
                late.add(now);
            }
            return ticks.incrementAndGet();
        }));

        another().schedule("pulse", Recurrence.every(SECOND), WORK.with(1));

        until("three ticks have come", () -> ticks.get() >= 3);
        assertThat(late).isEmpty();
    }

    @Test
    void a_retry_starts_at_its_time() throws Exception {
        JobHandle<String> handle =
                millrace.enqueue(ECHO.with("retried").retry(RetryPolicy.fixed(Duration.ofMillis(200))));

        assertStartsOnTime(handle, "retried");
    }

    @Test
    void a_job_that_is_brought_forward_starts_at_once() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO.with("forward").in(Duration.ofHours(1)));

        millrace.jobs().ids(java.util.Set.of(handle.id())).rescheduleAll(Duration.ZERO);

        assertStartsOnTime(handle, "forward");
    }

    @Test
    void a_job_that_another_worker_hands_back_starts_at_once() throws Exception {
        Gate gate = new Gate();
        var worker = start(worker().handle(WORK, (number, job) -> {
            gate.pass();
            return number;
        }));
        JobHandle<Integer> handle = millrace.enqueue(WORK, 7);
        gate.awaitArrivals(1);
        start(slowToBeat().handle(WORK, (number, job) -> number + 1));

        worker.stop(Duration.ZERO);

        assertThat(handle.await(Duration.ofSeconds(10))).isEqualTo(8);
    }

    @Test
    void an_end_is_told_at_once_although_every_hand_has_more_before_it() throws Exception {
        Gate gate = new Gate();
        JobType<Integer, Integer> queued = JobType.of("queued", Integer.class, Integer.class);
        start(slowToBeat().queues("busy").concurrency(1).handle(queued, (number, job) -> {
            if (number > 300) {
                gate.pass();
            }
            return number;
        }));
        List<JobHandle<Integer>> handles = millrace.enqueueAll(IntStream.rangeClosed(0, 310)
                .mapToObj(number -> queued.with(number).queue("busy"))
                .toList());

        gate.awaitArrivals(1);

        assertThat(handles.get(300).await(SOON)).isEqualTo(300);
        gate.open();
    }
}
