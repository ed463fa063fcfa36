package dev.millrace;

import dev.millrace.internal.Nanos;
import dev.millrace.internal.worker.CurrentRun;
import dev.millrace.internal.workflow.MemberIds;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A workflow that was submitted. It holds nothing but id and name: it costs nothing to keep, and may be dropped. Every method may
 * be called from any thread; those that ask the store throw {@link ResultExpiredException} when it does not know the workflow (any
 * more).
 */
public final class WorkflowHandle {
    private final Millrace millrace;
    private final UUID id;
    private final String name;

    WorkflowHandle(Millrace millrace, UUID id, String name) {
        this.millrace = millrace;
        this.id = id;
        this.name = name;
    }

    /** The workflow's id: that of a job of its own, which waits for all the others and is never run. */
    public UUID id() {
        return id;
    }

    /** The workflow's name. */
    public String name() {
        return name;
    }

    /** Where the workflow stands; asks the store. */
    public WorkflowState state() {
        JobRecord head = head();
        return state(head, head.state() == JobState.SUCCEEDED ? millrace.workflows.members(id) : List.of());
    }

    /** State, counts and times in one: asks the store once for each. */
    public WorkflowInfo info() {
        JobRecord head = head();
        List<Dependency> members = millrace.workflows.members(id);
        return new WorkflowInfo(
                id,
                name,
                state(head, members),
                EndCounts.of(members),
                head.times().createdAt(),
                Optional.ofNullable(head.times().finishedAt()));
    }

    private WorkflowState state(JobRecord head, List<Dependency> members) {
        return switch (head.state()) {
            case SUCCEEDED -> ended(members);
            case FAILED -> WorkflowState.FAILED;
            case CANCELLED -> WorkflowState.CANCELLED;
            case BLOCKED, SCHEDULED, READY, RUNNING -> WorkflowState.RUNNING;
        };
    }

    /**
     * A verdict of FAILED may also mean that a job expired, or was given up because of one that was cancelled by hand: then no job has
     * FAILED. One that is deleted has left nothing but its verdict, which stands.
     */
    private WorkflowState ended(List<Dependency> members) {
        List<UUID> failed = members.stream()
                .filter(member -> member.verdict() == Verdict.FAILED)
                .map(member -> member.parent().job())
                .toList();
        if (!failed.isEmpty()) {
            return hasFailed(failed) ? WorkflowState.FAILED : WorkflowState.CANCELLED;
        }
        boolean cancelled = members.stream().anyMatch(member -> member.verdict() == Verdict.CANCELLED);
        return cancelled ? WorkflowState.CANCELLED : WorkflowState.SUCCEEDED;
    }

    /** Reads no further than the first that has FAILED: each comes with its payload. */
    private boolean hasFailed(List<UUID> jobs) {
        int kept = 0;
        for (Iterator<JobRecord> records = millrace.workflows.records(jobs).iterator(); records.hasNext(); kept++) {
            if (records.next().state() == JobState.FAILED) {
                return true;
            }
        }
        return kept < jobs.size();
    }

    /** How many of its jobs have ended, and how; asks the store. */
    public EndCounts progress() {
        return EndCounts.of(millrace.workflows.members(id));
    }

    /** When it was submitted, by the store's clock; asks the store. */
    public Instant submittedAt() {
        return head().times().createdAt();
    }

    /** When it ended, by the store's clock; empty while it runs. Asks the store. */
    public Optional<Instant> endedAt() {
        return Optional.ofNullable(head().times().finishedAt());
    }

    /** Its jobs as they stand, in the order in which they came; read a hundred at a time, as they are asked for. */
    public Stream<JobInfo> jobs() {
        List<UUID> ids = millrace.workflows.members(id).stream()
                .map(member -> member.parent().job())
                .toList();
        return millrace.workflows.records(ids).map(millrace::info);
    }

    /** Its job of this name as it stands. */
    public Optional<JobInfo> job(String name) {
        return millrace.job(MemberIds.of(id, name));
    }

    /**
     * A handle of its job of this name, to be awaited by itself. The store is not asked.
     *
     * @param type what the result is to be read as
     */
    public <R> JobHandle<R> handle(String name, JobType<?, R> type) {
        return millrace.handle(type, MemberIds.of(id, name));
    }

    /**
     * Waits for all of its jobs to end.
     *
     * @param most how long to wait
     * @return how it ended; failed jobs throw when their results are asked for
     * @throws AwaitTimeoutException when it has not ended by then; it goes on
     * @throws IllegalStateException when called by the handler of one of its jobs, which would wait for itself; or by a handler of a
     *     worker that has no thread left
     * @throws InterruptedException when this thread is interrupted
     */
    public EndedWorkflow await(Duration most) throws InterruptedException {
        CompletableFuture<JobRecord> end = millrace.awaiter().end(id);
        try {
            refuseDeadlock();
            end.get(Nanos.of(most), TimeUnit.NANOSECONDS);
            return new EndedWorkflow(this, state(), progress());
        } catch (TimeoutException e) {
            throw new AwaitTimeoutException(this, most, progress());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new MillraceException("waiting for " + this + " failed: " + e.getCause(), e.getCause());
        } finally {
            millrace.awaiter().forget(id, end);
        }
    }

    private void refuseDeadlock() {
        if (CurrentRun.isOf(id)) {
            throw new IllegalStateException("a handler awaits " + this
                    + ", of which its own job is one: it would wait for itself forever. Return, and let a job that waits for"
                    + " the others do the rest");
        }
        if (CurrentRun.ofFullWorker() && !head().state().finished()) {
            throw new IllegalStateException("a handler awaits " + this
                    + ", and its worker has no other thread to run it: it might wait for itself forever."
                    + " Submit and return, or raise the worker's concurrency");
        }
    }

    /**
     * Cancels what has not ended. Running jobs are asked to stop: the workflow has ended once their runs have. Jobs that are added
     * meanwhile may be missed: then call it again.
     *
     * @return how many jobs are or will be CANCELLED by this call
     */
    public long cancel() {
        head();
        return new WorkflowOperations(millrace, id).cancel();
    }

    /**
     * Runs again what has FAILED, expired, or was cancelled by hand. What was given up because of those comes back by itself, and
     * waits for them; what succeeded, and what was not needed, is left alone. Needs no worker: what stands between a job and its
     * parents is carried on here, for up to 30 seconds. What then could not be run again is left as it was: see {@link
     * #retry(BiConsumer)}.
     *
     * @return how many will run again, without those that come back
     */
    public long retry() {
        return retry((job, reason) -> {});
    }

    /**
     * As {@link #retry()}, and tells of the jobs that are left.
     *
     * @param refused is given, on this thread, the id of each job that was to run again and could not, and the reason
     * @return how many will run again, without those that come back
     */
    public long retry(BiConsumer<? super UUID, ? super String> refused) {
        head();
        return new WorkflowOperations(millrace, id).retry(refused);
    }

    /**
     * Adds jobs from outside while it runs. Each must be given a name; those whose names it has already are not stored again, so this
     * may be repeated. They may wait for jobs that it has, by name. A workflow that ends at that very moment runs on.
     *
     * @param more is given what to add them to
     * @return how many were new
     * @throws IllegalStateException when the workflow has ended
     * @throws IllegalArgumentException as {@link Millrace#submit} does
     */
    public int add(Consumer<? super Workflow> more) {
        if (head().state().finished()) {
            throw new IllegalStateException(
                    this + " has ended, so nothing can be added to it any more: submit another workflow."
                            + " A handler of one of its jobs can always add to it with job.workflow(), as it cannot end before that job");
        }
        return millrace.workflows.add(new Workflow(name, id, Workflow.Names.none()), id, more);
    }

    private JobRecord head() {
        JobRecord head = millrace.find(id);
        if (head == null) {
            throw new ResultExpiredException(id);
        }
        return head;
    }

    <R> JobHandle<R> handle(WorkflowJob<R> job) {
        @SuppressWarnings("unchecked") // a request's type has its result
        JobType<?, R> type = (JobType<?, R>) job.request().type();
        return handle(job.name(), type);
    }

    @Override
    public String toString() {
        return "workflow \"" + name + "\" " + id;
    }
}
