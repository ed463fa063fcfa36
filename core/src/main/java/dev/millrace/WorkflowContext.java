package dev.millrace;

import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The workflow of a job, as the job's handler sees it: {@link JobContext#workflow}. Its methods may be called from any thread until
 * the handler has returned.
 */
public final class WorkflowContext {
    private static final int TAIL = 12;

    private final Millrace millrace;
    private final UUID id;
    private final String member;
    private final Runnable checkCancelled;
    private final Workflow.Names names;
    private @Nullable String name;

    /** @param checkCancelled throws when the run should stop, or the job may belong to another run */
    WorkflowContext(Millrace millrace, UUID id, UUID job, String member, Runnable checkCancelled) {
        this.millrace = millrace;
        this.id = id;
        this.member = member;
        this.checkCancelled = checkCancelled;
        String text = job.toString();
        this.names = Workflow.Names.counted("-" + text.substring(text.length() - TAIL) + "-");
    }

    /** The workflow's id, by which {@link Millrace#workflow} finds it. */
    public UUID id() {
        return id;
    }

    /**
     * The workflow's name; asks the store the first time.
     *
     * @throws ResultExpiredException when the workflow was deleted
     */
    public synchronized String name() {
        if (name == null) {
            name = millrace.workflow(id)
                    .orElseThrow(() -> new ResultExpiredException(id))
                    .name();
        }
        return name;
    }

    /** What this job is called in it, for others to wait for. */
    public String member() {
        return member;
    }

    /**
     * Adds jobs to the workflow. They may wait for each other, and by name for jobs that it has: for this one too ({@code
     * after(workflow.member())}).
     *
     * <pre>{@code
     * WorkflowContext workflow = job.workflow().orElseThrow();
     * workflow.add(more -> {
     *     var parts = IntStream.range(0, 3).mapToObj(part -> more.add(FETCH.with(part))).toList();
     *     more.add(JOIN.with("all")).after(parts);
     * });
     * }</pre>
     *
     * <p>The workflow cannot have ended: it waits for this job, which is running. A name that the workflow has already is not stored
     * again, so a run that repeats another adds nothing twice, as long as it adds under the same names. Jobs that are given none are
     * called after their kind, this job's id, and a number that counts through the run, so that holds for them if each run adds
     * them in the same order.
     *
     * <p>Those who wait for this job do not wait for what it adds: what is to come after all of it is added here, too.
     *
     * @param more is given what to add them to
     * @return how many were new
     * @throws JobInterrupted when the run should stop: nothing is added
     * @throws IllegalArgumentException as {@link Millrace#submit} does, or when one waits for a name that nobody has
     * @throws IllegalStateException when the workflow was deleted
     */
    public synchronized int add(Consumer<? super Workflow> more) {
        checkCancelled.run();
        return millrace.workflows.add(new Workflow(name(), id, names), id, workflow -> {
            more.accept(workflow);
            checkCancelled.run();
        });
    }

    @Override
    public String toString() {
        return "\"" + member + "\" of workflow " + id;
    }
}
