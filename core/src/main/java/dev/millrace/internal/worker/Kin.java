package dev.millrace.internal.worker;

import dev.millrace.JobType;
import dev.millrace.Parents;
import dev.millrace.WorkflowContext;
import dev.millrace.spi.JobSpec;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The jobs that a run's job belongs with. The store is asked when something is asked for, and not before. */
public interface Kin {

    /** What the job waited for. */
    Parents parents();

    /** What its parents of this kind that SUCCEEDED returned. */
    <R> List<@Nullable R> results(JobType<?, R> type);

    /** What its parent of this name returned. */
    <R> @Nullable R result(String name, JobType<?, R> type);

    /** Its workflow. */
    Optional<WorkflowContext> workflow();

    /** Finds a job's kin. */
    interface Finder {
        /**
         * Nothing is asked yet.
         *
         * @param checkCancelled throws when the job's run should stop
         */
        Kin of(JobSpec job, Runnable checkCancelled);
    }
}
