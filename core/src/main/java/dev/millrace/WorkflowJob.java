package dev.millrace;

import dev.millrace.spi.Wish;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job of a {@link Workflow}: what it is called, and what it waits for. Made by {@link Workflow#add}. Calls add up: a job waits
 * for everything that any of them names. One that waits for nothing may run at once.
 *
 * <p>Not thread-safe. Once its workflow was submitted, nothing about it can be changed.
 *
 * @param <R> the result; {@link Void} for none
 */
public final class WorkflowJob<R> {
    private final Workflow workflow;
    private final JobRequest<R> request;
    private final @Nullable String usualName;
    private final List<Edge> edges = new ArrayList<>();
    private @Nullable String givenName;

    /** What it waits for. */
    sealed interface Edge {
        /** The other's name. */
        String parent();

        Wish wish();
    }

    /** Another job of the same making. */
    record ToJob(WorkflowJob<?> job, Wish wish) implements Edge {
        @Override
        public String parent() {
            return job.name();
        }
    }

    /** A job by its name, of the same making or stored already. */
    record ToName(String parent, Wish wish) implements Edge {}

    /** @param usualName what it is called unless it is given a name; null if it must be given one */
    WorkflowJob(Workflow workflow, JobRequest<R> request, @Nullable String usualName) {
        this.workflow = workflow;
        this.request = request;
        this.usualName = usualName;
    }

    /**
     * What it is called within its workflow; no two jobs may have the same name. Without this, the jobs of a kind are called
     * "kind-1", "kind-2" … in the order in which they were added, those with names of their own counted.
     *
     * @param name 1 to 200 characters, no control characters and no white space at its ends
     * @return this
     */
    public WorkflowJob<R> named(String name) {
        workflow.refuseLate();
        givenName = Limits.name("name of a workflow's job", name);
        return this;
    }

    /**
     * Runs once each of these has SUCCEEDED. When one of them fails, expires, or is cancelled, this one is CANCELLED at once
     * (parent failed); should that one be run again by hand, this one comes back by itself. When one of them turns out not to be
     * needed, this one is not needed either.
     *
     * @return this
     * @throws IllegalArgumentException when one of them is of another workflow
     */
    public WorkflowJob<R> after(WorkflowJob<?>... jobs) {
        return after(List.of(jobs));
    }

    /** As {@link #after(WorkflowJob...)}. */
    public WorkflowJob<R> after(Collection<? extends WorkflowJob<?>> jobs) {
        return wait(jobs, Wish.SUCCESS);
    }

    /**
     * As {@link #after(WorkflowJob...)}, by name. Names are looked up when the workflow is submitted; in an {@linkplain
     * WorkflowContext#add addition} they may also be of jobs that are stored already.
     */
    public WorkflowJob<R> after(String... names) {
        return waitByName(names, Wish.SUCCESS);
    }

    /**
     * Runs as soon as one of these has failed for good: FAILED, expired, or CANCELLED because a job that it waited for failed or was
     * cancelled. The others are not waited for. When all have ended and none has failed, this one is CANCELLED (not needed).
     *
     * @return this
     * @throws IllegalArgumentException when one of them is of another workflow
     */
    public WorkflowJob<R> afterFailure(WorkflowJob<?>... jobs) {
        return afterFailure(List.of(jobs));
    }

    /** As {@link #afterFailure(WorkflowJob...)}. */
    public WorkflowJob<R> afterFailure(Collection<? extends WorkflowJob<?>> jobs) {
        return wait(jobs, Wish.FAILURE);
    }

    /** As {@link #afterFailure(WorkflowJob...)}, by name: see {@link #after(String...)}. */
    public WorkflowJob<R> afterFailure(String... names) {
        return waitByName(names, Wish.FAILURE);
    }

    /**
     * Runs once each of these has ended, however it did.
     *
     * @return this
     * @throws IllegalArgumentException when one of them is of another workflow
     */
    public WorkflowJob<R> afterEither(WorkflowJob<?>... jobs) {
        return afterEither(List.of(jobs));
    }

    /** As {@link #afterEither(WorkflowJob...)}. */
    public WorkflowJob<R> afterEither(Collection<? extends WorkflowJob<?>> jobs) {
        return wait(jobs, Wish.END);
    }

    /** As {@link #afterEither(WorkflowJob...)}, by name: see {@link #after(String...)}. */
    public WorkflowJob<R> afterEither(String... names) {
        return waitByName(names, Wish.END);
    }

    private WorkflowJob<R> wait(Collection<? extends WorkflowJob<?>> jobs, Wish wish) {
        workflow.refuseLate();
        for (WorkflowJob<?> job : jobs) {
            if (job.workflow != workflow) {
                throw new IllegalArgumentException(
                        "\"" + name() + "\" of " + workflow + " cannot wait for \"" + job.name()
                                + "\", which is of another, " + job.workflow
                                + ": a job waits for jobs of its own workflow. Put both into one");
            }
        }
        jobs.forEach(job -> edges.add(new ToJob(job, wish)));
        return this;
    }

    private WorkflowJob<R> waitByName(String[] names, Wish wish) {
        workflow.refuseLate();
        for (String name : names) {
            edges.add(new ToName(Limits.name("name of a workflow's job", name), wish));
        }
        return this;
    }

    /** What it is called. */
    public String name() {
        return givenName != null
                ? givenName
                : usualName != null ? usualName : request.type().kind();
    }

    /** Whether it has a name of its own, or one that follows from its place. */
    boolean hasName() {
        return givenName != null || usualName != null;
    }

    Workflow workflow() {
        return workflow;
    }

    JobRequest<R> request() {
        return request;
    }

    List<Edge> edges() {
        return edges;
    }

    @Override
    public String toString() {
        return name();
    }
}
