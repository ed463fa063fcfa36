package dev.millrace.internal.worker;

import dev.millrace.JobContext;
import dev.millrace.JobInterrupted;
import dev.millrace.JobType;
import dev.millrace.Parents;
import dev.millrace.PermanentFailure;
import dev.millrace.TypeRef;
import dev.millrace.WorkflowContext;
import dev.millrace.internal.RunOptions;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunRef;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A claimed job in the worker's hands: waiting, running or ended. It ends exactly once: {@link #end} says who was first.
 */
final class Run implements JobContext {
    private final ClaimedJob job;
    private final HandlerEntry entry;
    private final UUID session;
    private final RunServices services;
    private final AtomicReference<@Nullable Outcome> outcome = new AtomicReference<>();
    private final RunNews news = new RunNews();
    private final JointSettle joint = new JointSettle(this);
    private volatile boolean leads = true;
    private volatile RunOptions options = RunOptions.NONE;
    private volatile JobInterrupted.@Nullable Reason stop;
    private volatile boolean cancelAsked;
    private volatile @Nullable Thread thread;
    private volatile long startedNanos;
    private volatile long endedNanos;
    private volatile long waitedNanos;

    private @Nullable Kin kin;
    private @Nullable Map<String, byte[]> steps;

    Run(ClaimedJob job, HandlerEntry entry, UUID session, RunServices services) {
        this.job = job;
        this.entry = entry;
        this.session = session;
        this.services = services;
    }

    /** It runs in a batch, behind its first. */
    void follow() {
        leads = false;
    }

    /** Whether it is alone or the first of its batch. */
    boolean leads() {
        return leads;
    }

    ClaimedJob job() {
        return job;
    }

    boolean workerIsFull() {
        return services.full();
    }

    boolean isOf(RunServices worker) {
        return services == worker;
    }

    /** The session that claimed it. */
    UUID session() {
        return session;
    }

    HandlerEntry entry() {
        return entry;
    }

    RunRef ref() {
        return job.run();
    }

    /**
     * Reads what the producer said of how to run it.
     *
     * @throws IllegalArgumentException when it cannot be read
     */
    void readOptions() {
        options = RunOptions.decode(job.spec().options());
    }

    RunOptions options() {
        return options;
    }

    /** The job's own timeout, or its handler's; null for none. */
    @Nullable
    Duration timeout() {
        Duration own = options.timeout();
        return own != null ? own : entry.timeout();
    }

    /** The handler begins, on this thread. */
    void begin(Thread current) {
        startedNanos = System.nanoTime();
        synchronized (this) {
            thread = current;
            if (stop != null) {
                current.interrupt();
            }
        }
    }

    /** The handler is done with this thread: from here on no interrupt reaches it. */
    void leave() {
        synchronized (this) {
            thread = null;
        }
        endedNanos = System.nanoTime();
    }

    boolean started() {
        return startedNanos != 0;
    }

    /** How long the handler ran, so far or in all. */
    Duration ran() {
        long nanos = ranNanos();
        return nanos == 0 ? Duration.ZERO : Duration.ofNanos(nanos);
    }

    long ranNanos() {
        long start = startedNanos;
        if (start == 0) {
            return 0;
        }
        long end = endedNanos;
        return (end == 0 ? System.nanoTime() : end) - start;
    }

    /** How long it had been due when it was about to start. */
    void waited(long nanos) {
        waitedNanos = Math.max(0, nanos);
    }

    long waitedNanos() {
        return waitedNanos;
    }

    /** Asks the run to stop when it looks; the first reason stands, but a lost session outweighs the others. */
    synchronized void ask(JobInterrupted.Reason reason) {
        cancelAsked |= reason == JobInterrupted.Reason.CANCELLED;
        if (stop == null || reason == JobInterrupted.Reason.SESSION_LOST) {
            stop = reason;
        }
    }

    /** Asks the run to stop, and interrupts its thread. */
    void interrupt(JobInterrupted.Reason reason) {
        synchronized (this) {
            ask(reason);
            Thread current = thread;
            if (current != null) {
                current.interrupt();
            }
        }
    }

    /** Interrupts runs that may share a thread: all know why before the first interrupt is felt. */
    static void interrupt(List<Run> runs, JobInterrupted.Reason reason) {
        runs.forEach(run -> run.ask(reason));
        runs.forEach(run -> run.interrupt(reason));
    }

    /** Why the run was asked to stop; null if it was not. */
    JobInterrupted.@Nullable Reason stopReason() {
        return stop;
    }

    /** Whether its cancellation was asked for, as far as this worker knows: then the store makes it CANCELLED. */
    boolean cancelAsked() {
        return cancelAsked;
    }

    /** Ends the run with an outcome, unless it has ended. */
    boolean end(Outcome how) {
        return outcome.compareAndSet(null, how);
    }

    /** Ends it with another outcome than before, which the store could not take. */
    void endAnew(Outcome how) {
        outcome.set(how);
    }

    @Nullable
    Outcome outcome() {
        return outcome.get();
    }

    /** How it may be settled within a transaction of its handler. */
    JointSettle joint() {
        return joint;
    }

    /** What it has to tell since it was last asked; nothing while that went into a transaction of its handler. */
    synchronized Report takeReport() {
        if (joint.holds()) {
            return Report.NONE;
        }
        return news.take();
    }

    /** What it has to tell, which it keeps. */
    Report report() {
        return news.report();
    }

    @Override
    public UUID id() {
        return job.spec().id();
    }

    @Override
    public String kind() {
        return job.spec().kind();
    }

    @Override
    public String queue() {
        return job.spec().queue();
    }

    @Override
    public int attempt() {
        return job.history().attempt();
    }

    @Override
    public int snoozes() {
        return job.history().snoozes();
    }

    @Override
    public long token() {
        return job.token();
    }

    @Override
    public Set<String> tags() {
        return job.spec().labels().tags();
    }

    @Override
    public Map<String, String> meta() {
        return job.spec().labels().meta();
    }

    @Override
    public Instant enqueuedAt() {
        return job.times().createdAt();
    }

    @Override
    public void checkCancelled() {
        JobInterrupted.Reason reason = stop;
        if (reason != null) {
            throw new JobInterrupted(id(), reason);
        }
    }

    @Override
    public boolean cancelled() {
        return stop != null;
    }

    @Override
    public void progress(long done, long total, String message) {
        news.progress(done, total, message);
        services.reported();
    }

    @Override
    public void log(String format, @Nullable Object... args) {
        news.log(format, args);
        services.reported();
    }

    @Override
    public <T> @Nullable T once(String step, TypeRef<T> type, Callable<? extends @Nullable T> action) throws Exception {
        if (step.isBlank() || step.length() > 200) {
            throw new IllegalArgumentException(
                    "the step's name has " + step.length() + " characters: give it 1 to 200, not all blank");
        }
        if (joint.asked()) {
            throw new IllegalStateException(
                    "step \"" + step + "\" comes after succeedIn, which ends the job: put it before");
        }
        byte[] known = knownStep(step);
        if (known != null) {
            @SuppressWarnings("unchecked")
            T remembered = (T) services.serializer().read(known, type.type());
            return remembered;
        }
        T value = action.call();
        byte[] data = services.serializer().write(value, type.type());
        if (data.length > services.mostBytes()) {
            throw new PermanentFailure("the result of step \"" + step + "\" has " + data.length + " bytes: at most "
                    + services.mostBytes() + " can be stored. Store it elsewhere and remember where");
        }
        if (!services.checkpoint(ref(), step, data)) {
            throw new JobInterrupted(id(), JobInterrupted.Reason.SESSION_LOST);
        }
        synchronized (this) {
            if (steps == null) {
                steps = new HashMap<>();
            }
            steps.put(step, data);
        }
        return value;
    }

    @Override
    public void succeedIn(Connection connection, @Nullable Object result) {
        byte[] data = result == null ? null : services.serializer().write(result, entry.resultType());
        if (data != null && data.length > services.mostBytes()) {
            throw new PermanentFailure("the result has " + data.length + " bytes: at most " + services.mostBytes()
                    + " can be stored. Store it elsewhere and give where");
        }
        joint.succeed(services.transactions(), connection, data);
    }

    @Override
    public Parents parents() {
        return kin().parents();
    }

    @Override
    public <R> List<@Nullable R> parentResults(JobType<?, R> type) {
        return kin().results(type);
    }

    @Override
    public <R> @Nullable R parentResult(String name, JobType<?, R> type) {
        return kin().result(name, type);
    }

    @Override
    public Optional<WorkflowContext> workflow() {
        return job.spec().keys().member() == null ? Optional.empty() : kin().workflow();
    }

    private synchronized Kin kin() {
        Kin known = kin;
        if (known == null) {
            known = services.kin(job.spec(), this::checkCancelled);
            kin = known;
        }
        return known;
    }

    private synchronized byte @Nullable [] knownStep(String step) {
        byte[] ofThisRun = steps == null ? null : steps.get(step);
        return ofThisRun != null ? ofThisRun : job.steps().get(step);
    }

    @Override
    public String toString() {
        return "job " + id() + " (" + kind() + "), attempt " + attempt();
    }
}
