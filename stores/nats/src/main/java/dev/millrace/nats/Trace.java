package dev.millrace.nats;

import dev.millrace.Failure;
import dev.millrace.Progress;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunRecord;
import org.jspecify.annotations.Nullable;

/** Something that a run left, as stored; a job's traces in order make its {@link Trail}. New sorts go to the end. */
sealed interface Trace {
    /** The record of a run; its failure, if any, becomes the job's last one. */
    record Ran(RunRecord run) implements Trace {}

    /** Progress and log lines. */
    record Told(Report report) implements Trace {}

    /** The result of a step. */
    record Stepped(String name, byte[] value) implements Trace {}

    /** The job ended. */
    record StepsForgotten() implements Trace {}

    /** The job is run again by hand. */
    record BegunAnew() implements Trace {}

    /**
     * All that was left until then.
     *
     * @param dropped whether log lines were dropped
     */
    record Whole(
            JobTrail trail,
            boolean dropped,
            Progress progress,
            @Nullable Failure failure) implements Trace {}
}
