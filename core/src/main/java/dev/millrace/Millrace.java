package dev.millrace;

import dev.millrace.internal.Archive;
import dev.millrace.internal.Awaiter;
import dev.millrace.internal.Coalescer;
import dev.millrace.internal.HealthCheck;
import dev.millrace.internal.Ids;
import dev.millrace.internal.Joining;
import dev.millrace.internal.Move;
import dev.millrace.internal.StatsReader;
import dev.millrace.internal.doctor.Doctor;
import dev.millrace.internal.events.Events;
import dev.millrace.internal.locks.Locks;
import dev.millrace.internal.worker.Problem;
import dev.millrace.spi.Examination;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Store;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An open store, and all that can be done with it: enqueue jobs, run them, look at them, operate.
 *
 * <p>Open one per process and store, share it between threads (every method may be called from any), and close it at the end.
 *
 * <pre>{@code
 * try (Millrace millrace = Millrace.open("sqlite:jobs.db");
 *         Worker worker = millrace.worker().handle(GREET, (greeting, job) -> "Hello, " + greeting.name()).start()) {
 *     millrace.enqueue(GREET, new Greeting("world"));
 * }
 * }</pre>
 *
 * <p>Errors of the store come as {@link StoreException}. After one of its passing sort ({@link
 * dev.millrace.spi.StoreUnavailableException}) it is not known whether the call took effect; an enqueue with an id of your own
 * ({@link JobRequest#id(UUID)}) can be repeated safely.
 */
public final class Millrace implements AutoCloseable {
    private final Store store;
    private final MillraceBuilder settings;
    private final Ids ids;
    private final Requests requests;
    private final Coalescer coalescer;
    private final Awaiter awaiter;
    private final Events events;
    private final Locks locks;
    private final Operating operating;
    private final List<Worker> workers = new CopyOnWriteArrayList<>();
    final Workflows workflows;

    Millrace(Store store, MillraceBuilder settings) {
        this.store = store;
        this.settings = settings;
        this.ids = new Ids(settings.clock()::millis);
        this.requests = new Requests(this);
        this.coalescer = new Coalescer(store);
        this.workflows = new Workflows(this, requests);
        this.awaiter = new Awaiter(store);
        this.events = new Events(settings.listeners(), settings.clock());
        this.locks = new Locks(store);
        this.operating = new Operating(store);
    }

    /**
     * Opens a store with the default settings.
     *
     * @param address "sqlite:jobs.db", "memory:"; docs/guarantees.md says what each engine promises
     * @throws IllegalArgumentException when the address is wrong: an unknown scheme or parameter
     * @throws StoreException when the store cannot be opened: says why, and what to do
     */
    public static Millrace open(String address) {
        return builder(address).open();
    }

    /** Opens a store with settings of your own. */
    public static MillraceBuilder builder(String address) {
        return new MillraceBuilder(address);
    }

    /**
     * Settings of your own, over a store that you made yourself, for tests and tools: one that fails on purpose, or counts. It
     * keeps its own clock and retention, and is closed with the Millrace.
     */
    public static MillraceBuilder builder(Store store) {
        return new MillraceBuilder(store);
    }

    /** Stores a job. When this returns, it is as durable as the store's row in docs/guarantees.md says. */
    public <P, R> JobHandle<R> enqueue(JobType<P, R> type, P payload) {
        return enqueue(type.with(payload));
    }

    /**
     * Stores a job with options. Calls from many threads at once share commits.
     *
     * @return the job's handle; when its unique key is held by an unfinished job, or its id is known, that job's handle, with
     *     {@link Enqueued#DUPLICATE}
     * @throws SerializationException when the payload cannot be written
     * @throws IllegalArgumentException when the payload is too large
     * @throws StoreException when it could not be stored
     */
    public <R> JobHandle<R> enqueue(JobRequest<R> request) {
        NewJob job = requests.prepare(request);
        Answer answer = events.heard()
                ? events.enqueue(List.of(job), one -> List.of(coalescer.enqueue(job)))
                        .get(0)
                : coalescer.enqueue(job);
        return requests.handle(request.type(), answer);
    }

    /**
     * Stores jobs, all or none (per partition, where the engine has partitions). All are checked before any is stored.
     *
     * @return their handles, in the same order
     */
    public <R> List<JobHandle<R>> enqueueAll(List<? extends JobRequest<? extends R>> requests) {
        List<NewJob> jobs = this.requests.prepareAll(requests);
        return this.requests.handles(requests, jobs.isEmpty() ? List.of() : events.enqueue(jobs, store::enqueue));
    }

    /**
     * Stores any number of jobs in bounded memory, 1,000 at a time: while some are stored, on a thread of their own,
     * the next are read.
     *
     * @param requests read once, on this thread, and closed
     * @return how many were stored
     * @throws BulkException when it breaks off: says how many are stored, and has the cause
     */
    public BulkResult enqueueEach(Stream<? extends JobRequest<?>> requests) {
        return BulkIntake.storeEach(requests, this.requests::prepare, chunk -> events.enqueue(chunk, store::enqueue));
    }

    /**
     * Stores a workflow's jobs, all or none (per partition, where the engine has partitions). All are checked before any is stored.
     *
     * <p>May be repeated: a workflow that was submitted before is not stored again, and of one that was stored in part only the rest.
     *
     * @return its handle
     * @throws IllegalArgumentException when it has no jobs, two have one name, some wait for each other or for a name that nobody
     *     has, or one cannot be stored: says which
     * @throws StoreException when it could not be stored
     */
    public WorkflowHandle submit(Workflow workflow) {
        return workflows.submit(workflow);
    }

    /** A workflow that was submitted before, here or elsewhere; asks the store. */
    public Optional<WorkflowHandle> workflow(UUID id) {
        return workflows.find(id);
    }

    /** All workflows, newest first, read as they are asked for. */
    public Stream<WorkflowHandle> workflows() {
        return workflows.all();
    }

    /** What a job waits, or waited, for; none if it waits for nothing, or there is no such job. For a workflow: its jobs. */
    public Parents parents(UUID job) {
        return new Parents(this, store.parents(List.of(job)));
    }

    /**
     * Enqueues within a transaction of the application: the jobs exist from its commit on, or never. SQLite and PostgreSQL, in the
     * database that the application writes to as well; docs/transactions.md tells more.
     *
     * @param connection open, not in auto-commit mode, from any pool or framework; only used, never closed, committed or rolled back
     * @throws UnsupportedOperationException when the store is no SQL database
     * @throws IllegalArgumentException when the connection is closed, in auto-commit mode, or leads to another database
     * @throws StoreException when the database does not answer, or the transaction has failed before
     */
    public Transaction inTransaction(Connection connection) {
        return new Transaction(requests, Joining.of(store).join(connection));
    }

    /**
     * A handle of a job that was enqueued before, here or elsewhere. The store is not asked.
     *
     * @param type what the result is to be read as
     */
    public <R> JobHandle<R> handle(JobType<?, R> type, UUID id) {
        return new JobHandle<>(this, type, id, Enqueued.DUPLICATE);
    }

    /** A worker to be configured and started. It stops when this is closed, at the latest. */
    public WorkerBuilder worker() {
        return new WorkerBuilder(this);
    }

    /** A job as it stands now. */
    public Optional<JobInfo> job(UUID id) {
        return store.get(List.of(id)).stream().findFirst().map(this::info);
    }

    /** Jobs by filter: to look at, or to do something to. Without a filter it means all jobs. */
    public JobQuery jobs() {
        return new JobQuery(this, Filter.ALL, Integer.MAX_VALUE);
    }

    /**
     * Erases all jobs with a tag, finished or not, as when a person wants to be forgotten: payload, result, steps, errors, log
     * and records of runs. Jobs that have not ended are cancelled first; running ones are asked to stop, and remain until a
     * second call.
     *
     * <p>Only jobs go: backups, the application's own data and what handlers did elsewhere are untouched. Engines leave deleted
     * bytes in their files for a time; docs/operating.md says what each does about it.
     *
     * @param tag as given to {@link JobRequest#tag}
     * @return how many are gone, and how many remain
     */
    public EraseReport erase(String tag) {
        JobQuery tagged = jobs().tag(Limits.name("tag", tag));
        tagged.state(JobState.BLOCKED, JobState.SCHEDULED, JobState.READY, JobState.RUNNING)
                .cancelAll();
        long erased = tagged.deleteAll();
        return new EraseReport(tag, erased, tagged.count());
    }

    /** A queue, whether it has jobs yet or not. */
    public QueueHandle queue(String name) {
        return new QueueHandle(store, Limits.queue(name));
    }

    /**
     * Takes a lock if it is free, or if this Millrace holds it: all its threads are one owner. {@link NamedLock} says what it promises.
     *
     * @param timeToLive after which it may be taken over unless it is renewed: 1 second to 1000 years
     * @return empty when another holds it
     * @throws StoreException when the store does not answer: the lock may have been taken, and is free after its time to live
     */
    public Optional<NamedLock> tryLock(String name, Duration timeToLive) {
        return tryLock(name, timeToLive, locks.owner());
    }

    /** The same for an owner of your own, as a job's id: its lock is taken again by whoever says the same owner. */
    public Optional<NamedLock> tryLock(String name, Duration timeToLive, String owner) {
        return locks.take(
                        Limits.name("lock's name", name),
                        Limits.name("lock's owner", owner),
                        Limits.lockTime(timeToLive))
                .map(take -> new NamedLock(locks, take));
    }

    /** Who holds a lock; empty when it is free. */
    public Optional<LockInfo> lock(String name) {
        return locks.find(Limits.name("lock's name", name)).map(LockInfo::of);
    }

    /** All locks that are held, by name. */
    public List<LockInfo> locks() {
        return locks.all().stream().map(LockInfo::of).toList();
    }

    /** Frees a lock, if it is held, whose holder is dead; one that lives is not stopped, and hears of it when it renews the lock. */
    public boolean breakLock(String name) {
        return locks.takeAway(Limits.name("lock's name", name));
    }

    /**
     * Makes a schedule, or changes the one of this name: each tick makes one job, however many workers run; without any, none.
     * Programs call it whenever they start. A new schedule begins with the first tick that lies ahead. One that is there keeps its
     * place, and its pause, while the ticks stay the same; else it goes on with the first of the new ones that lies ahead.
     *
     * @param name 1 to 190 characters, otherwise as of queues; its jobs are tagged "schedule:NAME"
     * @param job what each tick makes; in and expiresIn count from the tick's enqueue
     * @throws IllegalArgumentException when the job has an id, a due time or an expiry at one moment, which can be true of one job
     *     only; when its payload has more than 64 KiB
     * @throws SerializationException when the payload cannot be written
     */
    public ScheduleHandle schedule(String name, Recurrence recurrence, JobRequest<?> job) {
        return schedule(name).put(recurrence, requests.template(name, job));
    }

    /** A schedule's handle, whether there is one of this name or not. The store is not asked. */
    public ScheduleHandle schedule(String name) {
        return new ScheduleHandle(this, ScheduleHandle.name(name));
    }

    /** The schedules there are, by name. One that a newer version made, and that this one cannot read, is left out and logged. */
    public List<ScheduleInfo> schedules() {
        return ScheduleHandle.all(this);
    }

    /**
     * What is in the store, by queue and state, what came of runs, and who works on it. Cheap: statistics are maintained, not
     * counted. What workers of other processes did shows within ten seconds or so.
     */
    public Stats stats() {
        return StatsReader.read(store, workers.stream().map(Worker::unbooked).toList());
    }

    /** Whether all is well, as a word, a number, and reasons. */
    public Health health() {
        List<Problem> problems = new ArrayList<>(events.problems());
        workers.forEach(worker -> problems.addAll(worker.problems()));
        return HealthCheck.of(store, problems);
    }

    /** What became of the events of each listener, in the order in which they were given. */
    public List<ListenerStats> listeners() {
        return events.stats();
    }

    /**
     * Looks at what hurts queues, in the store and in the engine beneath it, and says what to do about each finding. Takes up to
     * a minute, more often a second; harmless while workers run. docs/doctor.md lists all findings.
     *
     * @return what was found, worst first; a store that does not answer is a finding, not an exception
     */
    public Examination examine() {
        return Doctor.examine(store, settings.clock(), settings.retention());
    }

    /**
     * Writes everything in the store into a file that {@link #restore} reads into any engine. Workers may go on: each job is
     * written as it stands when its turn comes.
     *
     * @param file is replaced once the new one is complete
     * @return how many jobs it holds
     * @throws MillraceException when the file cannot be written
     */
    public long backup(Path file) {
        return backup(file, progress -> {});
    }

    /**
     * The same, for those who want to see how far it is.
     *
     * @param watcher called for each page, on this thread
     */
    public long backup(Path file, Consumer<TransferProgress> watcher) {
        return Archive.write(store, file, watcher);
    }

    /**
     * Reads what {@link #backup} wrote. Jobs and notes that are there already are left alone, so it may be repeated. Jobs that
     * were RUNNING become READY.
     *
     * @return how many jobs and notes were new
     * @throws MillraceException when the file is no backup, or is damaged: says how far it was read
     */
    public long restore(Path file) {
        return restore(file, progress -> {});
    }

    /**
     * The same, for those who want to see how far it is.
     *
     * @param watcher called for each page, on this thread
     */
    public long restore(Path file, Consumer<TransferProgress> watcher) {
        return Archive.read(store, file, watcher);
    }

    /**
     * Carries everything into another store, of any engine, then reads both and compares: when this returns, each job and note
     * of this store is in the other and as it was. Nothing is deleted here, and nothing overwritten there, so it may be broken
     * off at any point and run again.
     *
     * @throws MoveException when workers are live on either store; when jobs came in or changed meanwhile: says what to do
     * @throws StoreException when either store fails: what was carried stays, and the next run goes on from there
     */
    public MoveReport moveTo(Millrace target) {
        return moveTo(target, progress -> {});
    }

    /**
     * The same, for those who want to see how far it is.
     *
     * @param watcher called for each page, one call at a time, on any thread
     */
    public MoveReport moveTo(Millrace target, Consumer<TransferProgress> watcher) {
        return Move.run(store, target.store, watcher);
    }

    /** Gives space back to the system and refreshes the engine's own statistics. May take minutes on a large store. */
    public void optimize() {
        store.optimize();
    }

    /** The store itself, for tools: its interface may change between minor versions. */
    public Store store() {
        return store;
    }

    /** Stops the workers gracefully, lets listeners hear what still waits for them (5 s at most), then closes the store. */
    @Override
    public void close() {
        workers.forEach(Worker::beginStop); // each may take its grace period, all at once
        workers.forEach(Worker::close);
        awaiter.close();
        events.close();
        store.close();
    }

    @Override
    public String toString() {
        return "Millrace(" + store.info().address() + ")";
    }

    MillraceBuilder settings() {
        return settings;
    }

    Ids ids() {
        return ids;
    }

    Awaiter awaiter() {
        return awaiter;
    }

    Events events() {
        return events;
    }

    /**
     * Does something to jobs by hand, one bounded batch, newest first; for tools, which want to know what was refused and why. {@link
     * #jobs} is for programs. Jobs that stand for workflows are left alone.
     *
     * @param after the id to go on below, from the last report; null to begin
     * @param limit the most jobs to look at
     */
    public OperationReport operate(Operation operation, Filter filter, @Nullable UUID after, int limit) {
        OperationReport report = operating.operate(operation, filter, after, limit);
        if (operation instanceof Operation.Cancel
                && events.heard()
                && !report.done().isEmpty()) {
            events.cancelled(store, report.done());
        }
        return report;
    }

    void add(Worker worker) {
        workers.add(worker);
    }

    void remove(Worker worker) {
        workers.remove(worker);
    }

    JobInfo info(JobRecord record) {
        return new JobInfo(record, settings.serializer());
    }

    @Nullable
    JobRecord find(UUID id) {
        return store.get(Set.of(id)).stream().findFirst().orElse(null);
    }
}
