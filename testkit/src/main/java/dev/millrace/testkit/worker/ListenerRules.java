package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.JobEvent;
import dev.millrace.JobHandle;
import dev.millrace.JobListener;
import dev.millrace.JobState;
import dev.millrace.ListenerStats;
import dev.millrace.Millrace;
import dev.millrace.PermanentFailure;
import dev.millrace.RetryPolicy;
import dev.millrace.Snooze;
import dev.millrace.testkit.Faults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Listeners hear of every job once, in order, and nobody waits for them. */
abstract class ListenerRules extends WorkerPart {
    private static final RetryPolicy AT_ONCE =
            RetryPolicy.fixed(Duration.ofMillis(1)).attempts(2);

    private final Recorder heard = new Recorder();
    private Millrace listened;

    /** Keeps all that it hears. */
    private static class Recorder implements JobListener {
        private final List<JobEvent> events = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void enqueued(JobEvent.Enqueued event) {
            events.add(event);
        }

        @Override
        public void started(JobEvent.Started event) {
            events.add(event);
        }

        @Override
        public void succeeded(JobEvent.Succeeded event) {
            events.add(event);
        }

        @Override
        public void retried(JobEvent.Retried event) {
            events.add(event);
        }

        @Override
        public void failed(JobEvent.Failed event) {
            events.add(event);
        }

        @Override
        public void cancelled(JobEvent.Cancelled event) {
            events.add(event);
        }

        private List<JobEvent> of(UUID id) {
            synchronized (events) {
                return events.stream().filter(event -> event.id().equals(id)).toList();
            }
        }

        private List<String> names(JobHandle<?> handle) {
            return of(handle.id()).stream()
                    .map(event -> event.getClass().getSimpleName())
                    .toList();
        }
    }

    @BeforeEach
    void listen() {
        listened = Millrace.builder(store).clock(clock()).listener(heard).open();
    }

    private void hears(JobHandle<?> handle, String... names) {
        until(
                handle + " is told as " + List.of(names) + ", not as " + heard.names(handle),
                () -> heard.names(handle).equals(List.of(names)));
    }

    @Test
    void each_job_is_told_from_its_enqueue_to_its_end_in_order() throws Exception {
        start(hasty(listened).name("the worker").handle(WORK, (number, job) -> {
            if (job.attempt() == 1 && number % 2 == 0) {
                throw new IllegalStateException("once more");
            }
            return number;
        }));

        List<JobHandle<Integer>> handles = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            handles.add(listened.enqueue(WORK.with(i).retry(AT_ONCE).tag("tenant:acme")));
        }
        handles.addAll(listened.enqueueAll(IntStream.range(50, 100)
                .mapToObj(i -> WORK.with(i).retry(AT_ONCE))
                .toList()));
        for (JobHandle<Integer> handle : handles) {
            handle.await(PATIENCE);
        }

        for (int i = 0; i < 100; i++) {
            if (i % 2 == 0) {
                hears(handles.get(i), "Enqueued", "Started", "Retried", "Started", "Succeeded");
            } else {
                hears(handles.get(i), "Enqueued", "Started", "Succeeded");
            }
        }
        List<JobEvent> events = heard.of(handles.get(0).id());
        assertThat(events).extracting(JobEvent::attempt).containsExactly(0, 1, 1, 2, 2);
        assertThat(events).extracting(JobEvent::kind).containsOnly("work");
        assertThat(events).extracting(JobEvent::queue).containsOnly("default");
        assertThat(events.get(0).job().tags()).containsExactly("tenant:acme");
        assertThat(events.get(2)).isInstanceOfSatisfying(JobEvent.Retried.class, retried -> {
            assertThat(retried.failure().message()).isEqualTo("once more");
            assertThat(retried.run().worker()).isEqualTo("the worker");
        });
    }

    @Test
    void what_happens_before_the_enqueue_has_returned_is_told_after_it() throws Exception {
        JobHandle<Integer> before = listened.enqueue(WORK, 1);
        start(hasty(listened).handle(WORK, (number, job) -> number));
        before.await(PATIENCE);
        hears(before, "Enqueued", "Started", "Succeeded");
        UUID id = UUID.randomUUID();
        Faults.Gate gate = faults().blockReply(Faults.Call.ENQUEUE);

        CompletableFuture<JobHandle<Integer>> enqueue = CompletableFuture.supplyAsync(
                () -> listened.enqueue(WORK.with(2).id(id)));
        until(
                "it has run",
                () -> listened.job(id)
                        .filter(job -> job.state() == JobState.SUCCEEDED)
                        .isPresent());
        awaitBeats(2);
        assertThat(heard.of(id)).isEmpty();
        gate.open();

        hears(enqueue.get(), "Enqueued", "Started", "Succeeded");
    }

    @Test
    void an_end_is_told_once_the_store_has_recorded_it_and_not_before() throws Exception {
        CountDownLatch returned = new CountDownLatch(1);
        start(hasty(listened).handle(ECHO, (text, job) -> {
            faults().goDown();
            returned.countDown();
            return text;
        }));

        JobHandle<String> handle = listened.enqueue(ECHO, "hello");
        returned.await();
        long asked = faults().calls(Faults.Call.EXCHANGE) + 2;
        until("the store was told in vain", () -> faults().calls(Faults.Call.EXCHANGE) >= asked);
        assertThat(heard.names(handle)).doesNotContain("Succeeded");
        faults().comeBack();

        hears(handle, "Enqueued", "Started", "Succeeded");
    }

    @Test
    void an_end_whose_record_got_no_reply_is_told_once() throws Exception {
        start(hasty(listened).handle(ECHO, (text, job) -> {
            faults().loseReply(Faults.Call.EXCHANGE, 1);
            return text;
        }));

        JobHandle<String> handle = listened.enqueue(ECHO, "hello");
        handle.await(PATIENCE);

        hears(handle, "Enqueued", "Started", "Succeeded");
    }

    @Test
    void failures_for_good_snoozes_and_cancellations_are_told_as_what_they_are() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        JobHandle<String> early = listened.enqueue(ECHO.with("early").in(Duration.ofHours(1)));
        assertThat(early.cancel()).isTrue();
        hears(early, "Enqueued", "Cancelled");
        start(hasty(listened).handle(ECHO, (text, job) -> {
            switch (text) {
                case "bad" -> throw new PermanentFailure("it is bad");
                case "sleepy" -> {
                    if (job.snoozes() == 0) {
                        throw new Snooze(Duration.ofMillis(1));
                    }
                }
                case "long" -> {
                    running.countDown();
                    new CountDownLatch(1).await();
                }
                default -> throw new AssertionError(text);
            }
            return text;
        }));

        JobHandle<String> bad = listened.enqueue(ECHO, "bad");
        hears(bad, "Enqueued", "Started", "Failed");
        JobHandle<String> sleepy = listened.enqueue(ECHO, "sleepy");
        hears(sleepy, "Enqueued", "Started", "Started", "Succeeded");
        JobHandle<String> asked = listened.enqueue(ECHO, "long");
        running.await();
        assertThat(asked.cancel()).isTrue();
        hears(asked, "Enqueued", "Started", "Cancelled");

        assertThat(heard.of(bad.id()).get(2))
                .isInstanceOfSatisfying(
                        JobEvent.Failed.class,
                        failed -> assertThat(failed.failure().message()).isEqualTo("it is bad"));
        assertThat(heard.of(asked.id()).get(2))
                .isInstanceOfSatisfying(
                        JobEvent.Cancelled.class,
                        cancelled -> assertThat(cancelled.reason()).isEqualTo(CancelReason.REQUESTED));
    }

    @Test
    void a_cancellation_holds_even_if_its_events_cannot_be_made() {
        List<JobHandle<Integer>> handles = listened.enqueueAll(List.of(WORK.with(1), WORK.with(2), WORK.with(3)));
        faults().failBefore(Faults.Call.GET, 1);

        assertThat(listened.jobs().kind(WORK.kind()).cancelAll()).isEqualTo(3);

        assertThat(handles).extracting(JobHandle::state).containsOnly(JobState.CANCELLED);
        JobHandle<String> last = listened.enqueue(ECHO, "last");
        hears(last, "Enqueued");
        assertThat(handles).allSatisfy(handle -> assertThat(heard.names(handle)).containsExactly("Enqueued"));
    }

    @Test
    void a_duplicate_is_no_event() {
        JobHandle<String> first = listened.enqueue(ECHO.with("one").uniqueKey("key"));
        JobHandle<String> second = listened.enqueue(ECHO.with("two").uniqueKey("key"));
        JobHandle<String> last = listened.enqueue(ECHO, "last");

        hears(last, "Enqueued");
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(heard.names(first)).containsExactly("Enqueued");
        assertThat(heard.events).hasSize(2);
    }

    @Test
    void one_that_throws_hurts_neither_jobs_nor_other_listeners() throws Exception {
        Millrace other = Millrace.builder(store)
                .listener(new Recorder() {
                    @Override
                    public void started(JobEvent.Started event) {
                        throw new IllegalStateException("it wants no more");
                    }

                    @Override
                    public void enqueued(JobEvent.Enqueued event) {
                        throw new StackOverflowError();
                    }
                })
                .listener(heard)
                .open();
        start(hasty(other).handle(ECHO, (text, job) -> text));

        List<JobHandle<String>> handles = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            handles.add(other.enqueue(ECHO, "hello"));
        }

        for (JobHandle<String> handle : handles) {
            assertThat(handle.await(PATIENCE)).isEqualTo("hello");
            hears(handle, "Enqueued", "Started", "Succeeded");
        }
        until("it was told everything", () -> other.listeners().get(0).delivered() == 60);
        assertThat(other.listeners().get(0).thrown()).isEqualTo(40);
        assertThat(other.listeners().get(1).thrown()).isZero();
    }

    @Test
    void one_that_stands_still_stops_no_worker() throws Exception {
        CountDownLatch stands = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        Millrace other = Millrace.builder(store)
                .listener(new Recorder() {
                    @Override
                    public void enqueued(JobEvent.Enqueued event) {
                        stands.countDown();
                        try {
                            never.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                })
                .listener(heard)
                .open();
        start(hasty(other).handle(ECHO, (text, job) -> text));

        JobHandle<String> handle = other.enqueue(ECHO, "hello");
        assertThat(handle.await(PATIENCE)).isEqualTo("hello");
        hears(handle, "Enqueued", "Started", "Succeeded");
        assertThat(stands.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        ListenerStats stuck = other.listeners().get(0);
        assertThat(stuck.delivered()).isZero();
        assertThat(stuck.waiting()).isEqualTo(2);
        never.countDown();
        until("it was told the rest", () -> other.listeners().get(0).delivered() == 3);
    }
}
