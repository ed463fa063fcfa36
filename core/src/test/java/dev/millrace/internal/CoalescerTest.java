package dev.millrace.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.StoreException;
import dev.millrace.spi.Due;
import dev.millrace.spi.Intake;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.StoreUnavailableException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CoalescerTest {
    private static final String BAD = "bad";

    private final ExecutorService callers = Executors.newCachedThreadPool();
    private final Recorder store = new Recorder();
    private final Coalescer coalescer = new Coalescer(store);

    /** Keeps what it is given, refuses calls with a bad job among them, and waits for the test where told to. */
    private static final class Recorder implements Intake {
        final List<List<UUID>> calls = Collections.synchronizedList(new ArrayList<>());
        final Semaphore entered = new Semaphore(0);
        final CountDownLatch first = new CountDownLatch(1);
        volatile boolean holdFirst;
        volatile boolean unavailable;
        private final AtomicInteger inside = new AtomicInteger();
        volatile boolean overlapped;

        @Override
        public List<Answer> enqueue(List<NewJob> jobs) {
            overlapped |= inside.incrementAndGet() > 1;
            try {
                calls.add(jobs.stream().map(job -> job.spec().id()).toList());
                entered.release();
                if (holdFirst && calls.size() == 1) {
                    await(first);
                }
                if (unavailable) {
                    throw new StoreUnavailableException("it is away", null);
                }
                if (jobs.stream().anyMatch(job -> job.spec().kind().equals(BAD))) {
                    throw new StoreException("one of them is bad");
                }
                List<Answer> answers = new ArrayList<>();
                jobs.forEach(job -> answers.add(new Answer.Stored(job.spec().id())));
                return answers;
            } finally {
                inside.decrementAndGet();
            }
        }

        private static void await(CountDownLatch latch) {
            try {
                assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @AfterEach
    void end() {
        callers.shutdownNow();
    }

    private static NewJob job(String kind) {
        return new NewJob(JobSpec.plain(UUID.randomUUID(), kind, "default", new byte[0]), Due.NOW, null);
    }

    private Future<Intake.Answer> call(NewJob job) {
        Callable<Intake.Answer> enqueue = () -> coalescer.enqueue(job);
        return callers.submit(enqueue);
    }

    private static Intake.Answer answer(Future<Intake.Answer> call) throws Exception {
        return call.get(30, TimeUnit.SECONDS);
    }

    /** Lets one call be under way, and these wait behind it. */
    private List<Future<Intake.Answer>> behindOne(List<NewJob> jobs) throws Exception {
        store.holdFirst = true;
        Future<Intake.Answer> leader = call(job("good"));
        assertThat(store.entered.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        List<Future<Intake.Answer>> calls = new ArrayList<>();
        Set<Thread> waiting = ConcurrentHashMap.newKeySet();
        for (NewJob job : jobs) {
            calls.add(callers.submit(() -> {
                waiting.add(Thread.currentThread());
                return coalescer.enqueue(job);
            }));
        }
        while (waiting.size() < jobs.size()
                || waiting.stream().anyMatch(thread -> thread.getState() != Thread.State.WAITING)) {
            LockSupport.parkNanos(1_000_000);
        }
        store.first.countDown();
        answer(leader);
        return calls;
    }

    @Test
    void one_alone_is_stored_at_once() {
        NewJob job = job("good");

        assertThat(coalescer.enqueue(job))
                .isEqualTo(new Intake.Answer.Stored(job.spec().id()));
        assertThat(store.calls).containsExactly(List.of(job.spec().id()));
    }

    @Test
    void those_who_come_while_a_call_is_under_way_share_the_next() throws Exception {
        List<NewJob> jobs = List.of(job("good"), job("good"), job("good"));

        List<Future<Intake.Answer>> calls = behindOne(jobs);

        for (int i = 0; i < 3; i++) {
            assertThat(answer(calls.get(i)))
                    .isEqualTo(new Intake.Answer.Stored(jobs.get(i).spec().id()));
        }
        assertThat(store.calls).hasSize(2);
        assertThat(store.calls.get(1)).hasSize(3);
    }

    @Test
    void one_bad_job_does_not_hurt_its_company() throws Exception {
        List<NewJob> jobs = List.of(job("good"), job(BAD), job("good"));

        List<Future<Intake.Answer>> calls = behindOne(jobs);

        assertThat(answer(calls.get(0)).id()).isEqualTo(jobs.get(0).spec().id());
        assertThat(answer(calls.get(2)).id()).isEqualTo(jobs.get(2).spec().id());
        assertThatThrownBy(() -> answer(calls.get(1)))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(StoreException.class)
                .hasMessageContaining("bad");
    }

    @Test
    void when_the_store_is_away_all_are_told_and_none_is_tried_again() throws Exception {
        List<NewJob> jobs = List.of(job("good"), job("good"));
        store.holdFirst = true;
        Future<Intake.Answer> leader = call(job("good"));
        assertThat(store.entered.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        store.unavailable = true;
        List<Future<Intake.Answer>> calls = jobs.stream().map(this::call).toList();
        store.first.countDown();

        for (Future<Intake.Answer> call : calls) {
            assertThatThrownBy(() -> answer(call)).hasCauseInstanceOf(StoreUnavailableException.class);
        }
        assertThatThrownBy(() -> answer(leader)).hasCauseInstanceOf(StoreUnavailableException.class);
        assertThat(store.calls.stream().flatMap(List::stream)).doesNotHaveDuplicates();
    }

    @Test
    void an_interrupted_caller_gets_its_answer_and_stays_interrupted() throws Exception {
        store.holdFirst = true;
        Future<Intake.Answer> leader = call(job("good"));
        assertThat(store.entered.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        Future<Boolean> interrupted = callers.submit(() -> {
            Thread.currentThread().interrupt();
            coalescer.enqueue(job("good"));
            return Thread.currentThread().isInterrupted();
        });

        store.first.countDown();

        assertThat(interrupted.get(30, TimeUnit.SECONDS)).isTrue();
        answer(leader);
    }

    @Test
    void of_many_threads_each_gets_its_own_answer_and_the_store_is_called_by_one_at_a_time() throws Exception {
        List<Future<Integer>> threads = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            threads.add(callers.submit(() -> {
                int right = 0;
                for (int n = 0; n < 1_000; n++) {
                    NewJob job = job("good");
                    right += coalescer.enqueue(job).id().equals(job.spec().id()) ? 1 : 0;
                }
                return right;
            }));
        }

        for (Future<Integer> thread : threads) {
            assertThat(thread.get(60, TimeUnit.SECONDS)).isEqualTo(1_000);
        }
        assertThat(store.overlapped).isFalse();
        assertThat(store.calls.stream().mapToInt(List::size).sum()).isEqualTo(16_000);
        assertThat(store.calls).allMatch(call -> call.size() <= 1_000);
    }
}
