package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobHandle;
import dev.millrace.JobInfo;
import dev.millrace.JobRequest;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.WorkerBuilder;
import dev.millrace.spi.Retention;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Store;
import dev.millrace.testkit.Faults;
import dev.millrace.testkit.FaultyStore;
import dev.millrace.testkit.contract.Books;
import dev.millrace.testkit.contract.StoreFixture;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * One part of the contract: opens a Millrace over an empty store for each test, and checks the store's books once its workers
 * have stopped. The store can be made to fail: see {@link #faults()}.
 */
@ExtendWith(OuterWorkerContract.class)
abstract class WorkerPart {
    static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
    /** How long a test waits for what should come at once. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    static final Duration LEASE = Duration.ofSeconds(30);
    static final Duration BEAT = Duration.ofMillis(50);
    static final Duration SECOND = Duration.ofSeconds(1);

    static final JobType<Integer, Integer> WORK = JobType.of("work", Integer.class, Integer.class);
    static final JobType<String, String> ECHO = JobType.of("echo", String.class, String.class);

    private final List<Worker> workers = new ArrayList<>();
    private final List<Millrace> others = new ArrayList<>();
    private final List<StoreFixture> places = new ArrayList<>();

    WorkerContract contract;
    StoreFixture fixture;
    FaultyStore store;
    Millrace millrace;

    @BeforeEach
    void open(WorkerContract outer) {
        contract = outer;
        fixture = outer.fixture();
        store = new FaultyStore(fixture.open(clock(), Retention.DEFAULT));
        millrace = Millrace.builder(store).clock(clock()).open();
    }

    @AfterEach
    void stopAndCheckTheBooks() {
        try {
            store.faults().comeBack();
            workers.forEach(Worker::close);
            assertThat(Books.faults(store)).as("faults in the store's books").isEmpty();
        } finally {
            millrace.close();
            others.forEach(Millrace::close);
            fixture.close();
            places.forEach(StoreFixture::close);
        }
    }

    /** What the store goes by. */
    Clock clock() {
        return Clock.systemUTC();
    }

    Faults faults() {
        return store.faults();
    }

    /** Another Millrace on the same data, as another process would have it; its store never fails. */
    Millrace another() {
        Store view = fixture.open(clock(), Retention.DEFAULT);
        Millrace other = Millrace.builder(view).clock(clock()).open();
        others.add(other);
        return other;
    }

    /** A Millrace in another, empty place. */
    Millrace elsewhere() {
        return over(emptyPlace());
    }

    /** A store in another, empty place. */
    Store emptyPlace() {
        StoreFixture place = contract.fixture();
        places.add(place);
        return place.open(clock(), Retention.DEFAULT);
    }

    /** A Millrace over a store, which is closed with it after the test. */
    Millrace over(Store place) {
        Millrace opened = Millrace.builder(place).clock(clock()).open();
        others.add(opened);
        return opened;
    }

    /** A worker to be: quick to beat, slow to be taken for dead. */
    WorkerBuilder worker() {
        return hasty(millrace);
    }

    /** A worker to be that beats far too seldom for a test: what it does soon, it does for another reason. */
    WorkerBuilder slowToBeat() {
        return worker().lease(Duration.ofMinutes(2), Duration.ofSeconds(20));
    }

    static WorkerBuilder hasty(Millrace millrace) {
        return millrace.worker()
                .lease(LEASE, BEAT)
                .stopGrace(Duration.ofSeconds(10))
                .timeoutGrace(Duration.ofMillis(100));
    }

    /** Starts a worker, which is stopped after the test. */
    Worker start(WorkerBuilder builder) {
        Worker worker = build(builder);
        worker.start();
        return worker;
    }

    /** Builds a worker that runs jobs on the test's thread, and is stopped after the test. */
    Worker build(WorkerBuilder builder) {
        Worker worker = builder.build();
        workers.add(worker);
        return worker;
    }

    /** So many {@link #WORK} jobs, numbered from 0, in one call. */
    List<JobHandle<Integer>> enqueueWork(int count) {
        List<JobRequest<Integer>> requests =
                IntStream.range(0, count).mapToObj(WORK::with).toList();
        return millrace.enqueueAll(requests);
    }

    /** Runs enough quick jobs on a started worker for it to know its rate, and thus to claim jobs ahead. */
    void warmUp() throws InterruptedException {
        for (JobHandle<String> handle : millrace.enqueueAll(
                IntStream.range(0, 300).mapToObj(i -> ECHO.with("warm " + i)).toList())) {
            handle.await(PATIENCE);
        }
    }

    /** What the job's runs left behind, oldest first. */
    List<RunRecord> runs(JobHandle<?> handle) {
        return store.trail(handle.id()).runs();
    }

    long count(JobState state) {
        return millrace.stats().count(state);
    }

    /** Waits until the job is in this state. */
    static JobInfo awaitState(JobHandle<?> handle, JobState state) {
        until(handle + " is " + state, () -> handle.state() == state);
        return handle.info();
    }

    /** Waits until so many more heartbeats have been tried. */
    void awaitBeats(int count) {
        long until = faults().calls(Faults.Call.BEAT) + count;
        until(count + " heartbeats", () -> faults().calls(Faults.Call.BEAT) >= until);
    }

    /** Waits until something holds. */
    static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                throw new AssertionError("it did not come about within " + PATIENCE + " that " + what);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
