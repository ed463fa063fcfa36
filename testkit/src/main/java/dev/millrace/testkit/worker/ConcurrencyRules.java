package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobHandle;
import dev.millrace.JobRequest;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.PermanentFailure;
import dev.millrace.RetryPolicy;
import dev.millrace.Worker;
import dev.millrace.WorkerBuilder;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Sweep;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How many handlers of a kind, and jobs of a queue, run at once in one worker; and that nothing else waits for them. */
abstract class ConcurrencyRules extends WorkerPart {
    private static final JobType<Integer, Integer> OTHER = JobType.of("other", Integer.class, Integer.class);

    private final Crowd crowd = new Crowd();
    private final Crowd others = new Crowd();

    /** Those who are at something, and the most that were. */
    private static final class Crowd {
        private final AtomicInteger now = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();

        void enter(int count) {
            most.accumulateAndGet(now.addAndGet(count), Math::max);
        }

        void leave(int count) {
            now.addAndGet(-count);
        }
    }

    private static List<JobRequest<Integer>> requests(JobType<Integer, Integer> type, int count, String queue) {
        return IntStream.range(0, count)
                .mapToObj(number -> type.with(number).queue(queue))
                .toList();
    }

    /** A worker whose WORK waits at the gate, and is counted. */
    private WorkerBuilder gated(Gate gate) {
        return worker().handle(WORK, (number, job) -> {
            crowd.enter(1);
            try {
                gate.pass();
                return number;
            } finally {
                crowd.leave(1);
            }
        });
    }

    private static void awaitAll(List<? extends JobHandle<?>> handles) throws Exception {
        for (JobHandle<?> handle : handles) {
            handle.await(PATIENCE);
        }
    }

    @Test
    void no_more_handlers_of_a_kind_run_at_once_than_it_may_have_and_the_rest_stays_ready() throws Exception {
        Gate gate = new Gate();
        List<JobHandle<Integer>> handles = enqueueWork(20);
        start(gated(gate).concurrency(8).concurrency(WORK, 2).handle(ECHO, (text, job) -> text));

        gate.awaitArrivals(2);
        awaitBeats(2);
        assertThat(count(JobState.RUNNING)).isEqualTo(2);
        assertThat(count(JobState.READY)).isEqualTo(18);
        gate.open();

        awaitAll(handles);
        assertThat(crowd.most).hasValue(2);
    }

    @Test
    void a_kind_that_is_full_is_left_to_other_workers_and_holds_up_no_other_kind() throws Exception {
        Gate gate = new Gate();
        List<JobHandle<Integer>> handles = enqueueWork(6);
        start(gated(gate).concurrency(4).concurrency(WORK, 1).handle(ECHO, (text, job) -> text));
        gate.awaitArrivals(1);

        warmUp(); // hundreds of another kind, behind those of the full one
        assertThat(count(JobState.RUNNING)).isEqualTo(1);
        Worker second = start(hasty(another()).handle(WORK, (number, job) -> number));
        until("another worker has run the others", () -> count(JobState.SUCCEEDED) == 305);

        // What the store knows, its answer has yet to tell the worker.
        until(
                "the other worker counts what it ran",
                () -> second.stats().counts().succeeded() == 5);
        gate.open();
        awaitAll(handles);
        assertThat(crowd.most).hasValue(1);
    }

    @Test
    void no_more_jobs_of_a_queue_run_at_once_than_it_may_have_whatever_their_kind() throws Exception {
        Gate gate = new Gate();
        List<JobHandle<Integer>> handles = new ArrayList<>(millrace.enqueueAll(requests(WORK, 5, "mail")));
        handles.addAll(millrace.enqueueAll(requests(OTHER, 5, "mail")));
        start(gated(gate).concurrency(8).queueConcurrency("mail", 3).handle(OTHER, (number, job) -> {
            crowd.enter(1);
            gate.pass();
            crowd.leave(1);
            return number;
        }));
        gate.awaitArrivals(3);

        assertThat(millrace.enqueue(OTHER.with(1).queue("mail").priority(100)).state())
                .isEqualTo(JobState.READY);
        List<JobHandle<Integer>> elsewhere = millrace.enqueueAll(requests(WORK, 5, "default"));
        gate.awaitArrivals(5);
        gate.open();

        awaitAll(handles);
        awaitAll(elsewhere);
        assertThat(crowd.most).hasValue(8);
    }

    @Test
    void queues_in_order_go_past_one_that_is_full() throws Exception {
        Gate gate = new Gate();
        List<JobHandle<Integer>> critical = millrace.enqueueAll(requests(WORK, 4, "critical"));
        start(gated(gate)
                .concurrency(4)
                .queues("critical", "default")
                .queueConcurrency("critical", 1)
                .handle(OTHER, (number, job) -> number));
        gate.awaitArrivals(1);

        awaitAll(millrace.enqueueAll(requests(OTHER, 20, "default")));
        assertThat(count(JobState.READY)).isEqualTo(3);
        gate.open();

        awaitAll(critical);
        assertThat(crowd.most).hasValue(1);
    }

    @Test
    void what_is_capped_is_not_claimed_ahead() throws Exception {
        Gate gate = new Gate();
        start(slowToBeat()
                .concurrency(2)
                .concurrency(WORK, 2)
                .handle(ECHO, (text, job) -> text)
                .handle(WORK, (number, job) -> {
                    if (number >= 100) {
                        gate.pass();
                    }
                    return number;
                }));
        warmUp();
        awaitAll(enqueueWork(50)); // quick ones: hundreds of them would be held in advance
        List<JobHandle<Integer>> slow = millrace.enqueueAll(
                IntStream.range(100, 300).mapToObj(WORK::with).toList());
        gate.awaitArrivals(2);

        until("it holds two", () -> claims() == 2);
        assertThat(count(JobState.READY)).isEqualTo(198);
        gate.open();
        awaitAll(slow);
    }

    private int claims() {
        return store.sessions().stream()
                .filter(session -> session.closedAt() == null)
                .mapToInt(SessionRecord::claims)
                .sum();
    }

    @Test
    void many_of_several_capped_kinds_and_queues_all_get_done_within_all_caps() throws Exception {
        Gate gate = new Gate();
        Crowd mail = new Crowd();
        List<JobHandle<Integer>> handles = new ArrayList<>();
        for (String queue : List.of("mail", "default")) {
            handles.addAll(millrace.enqueueAll(requests(WORK, 40, queue)));
            handles.addAll(millrace.enqueueAll(requests(OTHER, 40, queue)));
        }
        start(slowToBeat()
                .concurrency(16)
                .concurrency(WORK, 2)
                .kindConcurrency("other", 5)
                .queueConcurrency("mail", 3)
                .handle(WORK, (number, job) -> counted(number, job.queue(), crowd, mail, gate))
                .handle(OTHER, (number, job) -> counted(number, job.queue(), others, mail, gate))
                .handle(ECHO, (text, job) -> text));

        gate.awaitArrivals(7);
        warmUp();
        gate.open();
        awaitAll(handles);

        assertThat(crowd.most).hasValue(2);
        assertThat(others.most).hasValue(5);
        assertThat(mail.most.get()).isBetween(1, 3);
    }

    private static int counted(int number, String queue, Crowd kind, Crowd mail, Gate gate)
            throws InterruptedException {
        int inMail = queue.equals("mail") ? 1 : 0;
        kind.enter(1);
        mail.enter(inMail);
        gate.pass();
        mail.leave(inMail);
        kind.leave(1);
        return number;
    }

    @Test
    void all_of_a_worker_that_is_nothing_but_capped_kinds_run_at_once() throws Exception {
        Gate gate = new Gate();
        List<JobHandle<Integer>> handles = millrace.enqueueAll(requests(OTHER, 7, "default"));
        start(gated(gate)
                .concurrency(16)
                .concurrency(WORK, 1)
                .concurrency(OTHER, 7)
                .handle(OTHER, (number, job) -> {
                    gate.pass();
                    return number;
                }));

        gate.awaitArrivals(7); // though no claim of both kinds may bring more than one
        gate.open();
        awaitAll(handles);
    }

    @Test
    void of_a_kind_that_comes_in_batches_so_many_batches_run_at_once_and_they_are_full() throws Exception {
        Gate gate = new Gate();
        List<Integer> sizes = new ArrayList<>();
        List<JobHandle<Integer>> handles = enqueueWork(60);
        start(worker().concurrency(8).concurrency(WORK, 2).handleBatch(WORK, 10, batch -> {
            crowd.enter(1);
            synchronized (sizes) {
                sizes.add(batch.size());
            }
            gate.pass();
            crowd.leave(1);
        }));
        gate.awaitArrivals(2);
        awaitBeats(2);
        assertThat(count(JobState.RUNNING)).isEqualTo(20);
        gate.open();

        until("all have succeeded", () -> count(JobState.SUCCEEDED) == 60);
        assertThat(crowd.most).hasValue(2);
        assertThat(sizes.subList(0, 2)).containsExactly(10, 10);
        assertThat(handles).hasSize(60);
    }

    @Test
    void each_job_of_a_batch_counts_for_its_queue() {
        Gate gate = new Gate();
        millrace.enqueueAll(requests(WORK, 20, "mail"));
        start(worker().concurrency(8).queueConcurrency("mail", 4).handleBatch(WORK, 10, batch -> {
            crowd.enter(batch.size());
            gate.pass();
            crowd.leave(batch.size());
        }));
        gate.awaitArrivals(1);
        awaitBeats(2);
        gate.open();

        until("all have succeeded", () -> count(JobState.SUCCEEDED) == 20);
        assertThat(crowd.most.get()).isBetween(1, 4);
    }

    @Test
    void jobs_whose_worker_died_run_within_the_caps_too() throws Exception {
        Gate gate = new Gate();
        List<JobHandle<Integer>> handles = enqueueWork(30);
        SessionDriver doomed = new StoreDriver(store, new ManualClock(START)).session("doomed", WORK.kind());
        for (int i = 0; i < 3; i++) {
            doomed.claimNext();
        }
        doomed.close();
        store.sweep(new Sweep(LEASE, 1_000));
        start(worker().concurrency(8).concurrency(WORK, 1).handleBatch(WORK, 10, batch -> {
            crowd.enter(1);
            gate.pass();
            crowd.leave(1);
        }));
        gate.awaitArrivals(1);
        awaitBeats(2);
        gate.open();

        awaitAll(handles);

        assertThat(crowd.most).hasValue(1);
    }

    @Test
    void a_place_is_free_again_however_a_run_ends() throws Exception {
        start(slowToBeat().concurrency(WORK, 1).handle(WORK, (number, job) -> switch (number % 3) {
            case 0 -> number;
            case 1 -> throw new PermanentFailure("on purpose");
            default -> throw new StackOverflowError("on purpose");
        }));

        List<JobHandle<Integer>> handles = millrace.enqueueAll(IntStream.range(0, 9)
                .mapToObj(number -> WORK.with(number).retry(RetryPolicy.none()))
                .toList());

        for (JobHandle<Integer> handle : handles) {
            until(handle + " has ended", () -> handle.state().finished());
        }
        assertThat(count(JobState.SUCCEEDED)).isEqualTo(3);
        assertThat(count(JobState.FAILED)).isEqualTo(6);
    }

    @Test
    void it_is_idle_only_when_what_waited_for_a_place_has_run_too() throws Exception {
        enqueueWork(40);
        Worker worker = start(slowToBeat().concurrency(4).concurrency(WORK, 1).handle(WORK, (number, job) -> number));

        assertThat(worker.awaitIdle(PATIENCE)).isTrue();

        assertThat(count(JobState.SUCCEEDED)).isEqualTo(40);
    }

    @Test
    void draining_and_stopping_go_as_without_caps() throws Exception {
        enqueueWork(5);
        assertThat(build(worker().concurrency(WORK, 1).handle(WORK, (number, job) -> number))
                        .drain())
                .isEqualTo(5);
        Gate gate = new Gate();
        List<JobHandle<Integer>> handles = enqueueWork(5);
        Worker worker = start(gated(gate).concurrency(WORK, 2));
        gate.awaitArrivals(2);

        worker.stop(Duration.ZERO);

        assertThat(count(JobState.READY)).isEqualTo(5);
        gate.open();
        start(gated(gate).concurrency(WORK, 2));
        awaitAll(handles);
    }

    @Test
    void a_limit_of_what_the_worker_does_not_serve_is_refused() {
        assertThatThrownBy(() -> gated(new Gate()).kindConcurrency("wrok", 2).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("did you mean \"work\"?");
        assertThatThrownBy(() -> gated(new Gate())
                        .queues("mail")
                        .queueConcurrency("default", 2)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"default\"");
        assertThatThrownBy(() -> worker().concurrency(WORK, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> worker().queueConcurrency(" ", 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
