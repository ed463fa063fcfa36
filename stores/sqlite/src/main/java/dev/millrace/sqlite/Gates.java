package dev.millrace.sqlite;

import dev.millrace.JobState;
import dev.millrace.spi.Transition;
import java.sql.SQLException;
import java.util.Set;

/** The gates that a job passes on its way to READY: parents, due time, group. */
final class Gates {
    private Gates() {}

    /**
     * Where a transition leads: to its one target, or up to the first gate that is shut. Takes or gives back the group's slot, and
     * marks whether the job waits for parents. The caller saves the job.
     */
    static JobState pass(Tx tx, Job job, Transition transition) throws SQLException {
        boolean waited = job.marked(Marks.WAITS);
        job.marks &= ~Marks.WAITS;
        Set<JobState> to = transition.to();
        if (to.size() == 1) {
            JobState target = to.iterator().next();
            if (target == JobState.BLOCKED) {
                job.marks |= Marks.WAITS;
            }
            if (target.finished()) {
                Groups.free(tx, job);
            }
            return target;
        }
        if (shutByParents(tx, job, transition, waited)) {
            job.marks |= Marks.WAITS;
            Groups.free(tx, job);
            return JobState.BLOCKED;
        }
        if (job.due > tx.now() && to.contains(JobState.SCHEDULED)) {
            if (transition != Transition.RETRY || !keepsSlot(tx, job, transition)) {
                Groups.free(tx, job);
            }
            return JobState.SCHEDULED;
        }
        if (!job.marked(Marks.GROUP) || keepsSlot(tx, job, transition)) {
            return JobState.READY;
        }
        Groups.free(tx, job);
        return Groups.pass(tx, job);
    }

    private static boolean shutByParents(Tx tx, Job job, Transition transition, boolean waited) throws SQLException {
        return switch (transition) {
            case RUN_AGAIN -> job.marked(Marks.HEAD) || (job.marked(Marks.PARENTS) && Dependencies.waits(tx, job.id));
            case REPLACE -> waited;
            default -> false;
        };
    }

    private static boolean keepsSlot(Tx tx, Job job, Transition transition) throws SQLException {
        return job.marked(Marks.HOLDS)
                && switch (transition) {
                    case PROMOTE, RESCHEDULE, REPLACE -> true;
                    case RETRY -> job.strict(tx);
                    default -> false;
                };
    }
}
