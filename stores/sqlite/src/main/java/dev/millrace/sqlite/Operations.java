package dev.millrace.sqlite;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What people do to jobs. */
final class Operations {
    private Operations() {}

    static OperationReport operate(Tx tx, Operation operation, Filter filter, @Nullable UUID after, int limit)
            throws SQLException {
        Pages.Found found = Pages.find(tx.sql, filter, after, limit);
        List<UUID> done = new ArrayList<>();
        List<UUID> requested = new ArrayList<>();
        Map<UUID, String> refused = new LinkedHashMap<>();
        for (long seq : found.seqs()) {
            Job job = Job.select(tx, "WHERE seq = ?", seq).get(0);
            String refusal = refusal(tx, operation, job);
            if (refusal != null) {
                refused.put(job.id, refusal);
            } else if (operation instanceof Operation.Cancel && job.state == JobState.RUNNING) {
                job.marks |= Marks.CANCEL;
                job.save(tx);
                requested.add(job.id);
            } else {
                carryOut(tx, operation, job);
                done.add(job.id);
            }
        }
        if (!requested.isEmpty()) {
            tx.signal(Signal.CONTROL);
        }
        if (!done.isEmpty()) {
            tx.signal(Signal.READY);
            tx.signal(Signal.FINISHED);
        }
        return new OperationReport(done, requested, refused, found.next());
    }

    private static @Nullable String refusal(Tx tx, Operation operation, Job job) throws SQLException {
        String state = job.state.name();
        if (operation instanceof Operation.Cancel) {
            return job.state.finished() ? "it is " + state + " already" : null;
        }
        if (operation instanceof Operation.Delete) {
            return job.state == JobState.RUNNING ? "it is RUNNING: cancel it first" : null;
        }
        if (operation instanceof Operation.RunAgain) {
            if (!job.state.finished()) {
                return "it is " + state + ": only a job that has ended can be run again";
            }
            UUID holder = Keyring.otherHolder(tx, job);
            return holder == null ? refusal(Dependencies.broken(tx, job)) : "its unique key is held by job " + holder;
        }
        boolean waits = job.state == JobState.SCHEDULED || job.state == JobState.READY;
        return waits ? null : "it is " + state + ": only a SCHEDULED or READY job can be changed";
    }

    private static @Nullable String refusal(@Nullable UUID broken) {
        return broken == null
                ? null
                : "its parent " + broken
                        + " did not succeed: run that again, and this one comes back by itself; if it was deleted, this one can never run";
    }

    private static void carryOut(Tx tx, Operation operation, Job job) throws SQLException {
        if (operation instanceof Operation.Cancel) {
            Moves.move(tx, job, Transition.CANCEL);
        } else if (operation instanceof Operation.Delete) {
            Moves.delete(tx, job);
        } else if (operation instanceof Operation.RunAgain) {
            Moves.runAgain(tx, job);
            Dependencies.judge(tx, job);
        } else if (operation instanceof Operation.Reschedule reschedule) {
            job.due = Spans.at(reschedule.due(), tx.now());
            Moves.move(tx, job, Transition.RESCHEDULE);
        } else if (operation instanceof Operation.Reprioritize change) {
            job.priority = change.priority();
            job.save(tx);
        }
    }
}
