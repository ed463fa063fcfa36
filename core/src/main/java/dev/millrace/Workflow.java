package dev.millrace;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that wait for other jobs. Add them, say what each waits for, and {@linkplain Millrace#submit submit} the whole: it is
 * stored in one call.
 *
 * <pre>{@code
 * Workflow etl = Workflow.named("etl");
 * var pages = List.of(etl.add(EXTRACT.with(1)), etl.add(EXTRACT.with(2)));
 * var sum = etl.add(SUM.with("total")).after(pages);
 * etl.add(ALERT.with("etl broke")).afterFailure(sum);
 * Integer total = millrace.submit(etl).await(Duration.ofMinutes(5)).result(sum);
 * }</pre>
 *
 * <p>Jobs are of any kind and queue, with any options, apart from these two, which {@link #add} refuses: an id, since a workflow's
 * jobs get theirs from its own and their names, and a unique key, since a job that is not stored would leave those behind it
 * waiting. A delay ({@link JobRequest#in}) counts from when the jobs before it are done.
 *
 * <p>Not thread-safe.
 */
public final class Workflow {
    private final String name;
    private final Names names;
    private final List<WorkflowJob<?>> jobs = new ArrayList<>();
    private final List<WorkflowJob<?>> callbacks = new ArrayList<>();
    private @Nullable UUID id;
    private @Nullable Duration keepFor;
    private boolean submitted;

    /** What jobs are called that are given no name. */
    interface Names {
        /** The next name of a job of this kind; null if it must be given one. */
        @Nullable
        String next(String kind);

        /** Counts by kind: "kind-1", "kind-2" …. */
        static Names counted(String separator) {
            Map<String, Integer> counts = new HashMap<>();
            return kind -> kind + separator + counts.merge(kind, 1, Integer::sum);
        }

        /** Every job must be given a name. */
        static Names none() {
            return kind -> null;
        }
    }

    Workflow(String name, @Nullable UUID id, Names names) {
        this.name = name;
        this.id = id;
        this.names = names;
    }

    /**
     * A workflow without jobs yet.
     *
     * @param name what people see of it; need not be unique. 1 to 200 characters, no control characters and no white space at its
     *     ends
     */
    public static Workflow named(String name) {
        return new Workflow(Limits.name("workflow's name", name), null, Names.counted("-"));
    }

    /**
     * Jobs that wait for nothing, and of which something is to be known together: see {@link #onSuccess}, {@link #onFailure},
     * {@link #onDone}.
     *
     * @param requests at least one
     */
    public static Workflow batch(String name, Iterable<? extends JobRequest<?>> requests) {
        Workflow batch = named(name);
        requests.forEach(batch::add);
        return batch;
    }

    /**
     * Its id, so that submitting can be repeated, even by another process: a workflow whose id the store knows is not stored again.
     * Without this, it gets one when it is first submitted. UUIDv7 keep listings in order of arrival.
     *
     * @return this
     */
    public Workflow id(UUID value) {
        refuseLate();
        id = value;
        return this;
    }

    /**
     * How long it is known as a workflow once it has ended, however it did; zero or more. How long its jobs are kept, each says
     * itself.
     *
     * @return this
     */
    public Workflow keepFor(Duration value) {
        refuseLate();
        keepFor = Limits.wait("keepFor", value);
        return this;
    }

    /**
     * Adds a job.
     *
     * @return the job, to be given a name and jobs to wait for
     * @throws IllegalArgumentException when the request has an id or a unique key
     * @throws IllegalStateException when the workflow was submitted
     */
    public <R> WorkflowJob<R> add(JobRequest<R> request) {
        WorkflowJob<R> job = make(request);
        jobs.add(job);
        return job;
    }

    /**
     * Adds a job, named "on-success", that runs once each job added before it has SUCCEEDED. Its handler finds the counts in {@link
     * JobContext#parents}.
     *
     * @return this
     */
    public Workflow onSuccess(JobRequest<?> request) {
        callbacks.add(make(request).named("on-success").after(jobs));
        return this;
    }

    /**
     * Adds a job, named "on-failure", that runs as soon as one of the jobs added before it has failed for good; others may be running
     * then. It runs once, however many fail. If none does, it is not needed.
     *
     * @return this
     */
    public Workflow onFailure(JobRequest<?> request) {
        callbacks.add(make(request).named("on-failure").afterFailure(jobs));
        return this;
    }

    /**
     * Adds a job, named "on-done", that runs once each job added before it has ended, however it did.
     *
     * @return this
     */
    public Workflow onDone(JobRequest<?> request) {
        callbacks.add(make(request).named("on-done").afterEither(jobs));
        return this;
    }

    private <R> WorkflowJob<R> make(JobRequest<R> request) {
        refuseLate();
        String kind = request.type().kind();
        if (request.id().isPresent()) {
            throw new IllegalArgumentException("this \"" + kind + "\" job of " + this
                    + " was given an id: leave it out, as a workflow's jobs get theirs from the workflow's id and their names."
                    + " To submit again safely, give the workflow an id");
        }
        if (request.uniqueKey().isPresent() || request.uniqueByPayload()) {
            throw new IllegalArgumentException("this \"" + kind + "\" job of " + this
                    + " has a unique key: leave it out. It would not be stored while another holds the key, and those that"
                    + " wait for it could never run");
        }
        return new WorkflowJob<>(this, request, names.next(kind));
    }

    /**
     * Looks whether it could be submitted; no store is asked. Payloads are not looked at.
     *
     * @throws IllegalArgumentException when it could not: as {@link Millrace#submit} says
     */
    public void check() {
        WorkflowPlan plan = new WorkflowPlan(this, id == null ? new UUID(0, 0) : id);
        plan.refuseEmpty();
        plan.refuseUnknown();
    }

    /** What it was called. */
    public String name() {
        return name;
    }

    /** Its id; empty until it was given one or submitted. */
    public Optional<UUID> id() {
        return Optional.ofNullable(id);
    }

    /** The jobs in the order in which they were added, callbacks last. */
    List<WorkflowJob<?>> all() {
        List<WorkflowJob<?>> all = new ArrayList<>(jobs);
        all.addAll(callbacks);
        return all;
    }

    @Nullable
    Duration kept() {
        return keepFor;
    }

    /** From here on it is as it is. */
    void seal(UUID known) {
        id = known;
        submitted = true;
    }

    /** Whether somebody has tried to submit it. */
    boolean sealed() {
        return submitted;
    }

    void refuseLate() {
        if (submitted) {
            throw new IllegalStateException(
                    this + " was submitted, and is as it was then. To add jobs to it while it runs,"
                            + " use add(…) of its handle, or of job.workflow() in a handler");
        }
    }

    @Override
    public String toString() {
        return "workflow \"" + name + "\"";
    }
}
