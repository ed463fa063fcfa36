package dev.millrace.postgres;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What people do to jobs: they are found, locked in the order of their ids, and looked at again, since they may have moved on. */
final class Operations {
    private final Tx tx;
    private final Operation operation;
    private final Map<UUID, UUID> keyHolders = new HashMap<>();
    /** Parents that did not do as hoped, by the job that cannot be run again for that. */
    private final Map<UUID, UUID> broken = new HashMap<>();

    private Operations(Tx tx, Operation operation) {
        this.tx = tx;
        this.operation = operation;
    }

    static OperationReport operate(Tx tx, Operation operation, Filter filter, @Nullable UUID after, int limit)
            throws SQLException {
        Pages.Found found = Pages.find(tx.sql, tx.lanes(), filter, after, limit);
        return new Operations(tx, operation).run(found, filter);
    }

    private OperationReport run(Pages.Found found, Filter filter) throws SQLException {
        Map<UUID, Job> jobs = new HashMap<>();
        for (Job job : Job.all(tx, found.ids())) {
            // one that has left the states that were asked for since it was found is not meant any more
            if (filter.states().isEmpty() || filter.states().contains(job.state)) {
                jobs.put(job.id, job);
            }
        }
        if (operation instanceof Operation.RunAgain) {
            broken.putAll(RunningAgain.look(tx, jobs.values()));
            keyHolders.putAll(UniqueKeys.reserve(
                    tx,
                    found.ids().stream()
                            .filter(id -> !broken.containsKey(id) && jobs.containsKey(id))
                            .map(jobs::get)
                            .toList()));
        }
        List<UUID> done = new ArrayList<>();
        List<UUID> requested = new ArrayList<>();
        Map<UUID, String> refused = new LinkedHashMap<>();
        for (UUID id : found.ids()) {
            Job job = jobs.get(id);
            if (job == null) {
                continue;
            }
            String refusal = refusal(job);
            if (refusal != null) {
                refused.put(id, refusal);
            } else if (operation instanceof Operation.Cancel && job.state == JobState.RUNNING) {
                job.marks |= Marks.CANCEL;
                job.save(tx);
                requested.add(id);
            } else {
                carryOut(job);
                done.add(id);
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

    private @Nullable String refusal(Job job) {
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
            UUID parent = broken.get(job.id);
            if (parent != null) {
                return "its parent " + parent
                        + " did not succeed: run that again, and this one comes back by itself; if it was deleted, this one can never run";
            }
            UUID holder = keyHolders.get(job.id);
            return holder == null ? null : "its unique key is held by job " + holder;
        }
        boolean waits = job.state == JobState.SCHEDULED || job.state == JobState.READY;
        return waits ? null : "it is " + state + ": only a SCHEDULED or READY job can be changed";
    }

    private void carryOut(Job job) throws SQLException {
        if (operation instanceof Operation.Cancel) {
            Moves.move(tx, job, Transition.CANCEL);
        } else if (operation instanceof Operation.Delete) {
            Moves.delete(tx, job);
        } else if (operation instanceof Operation.RunAgain) {
            RunningAgain.run(tx, job);
        } else if (operation instanceof Operation.Reschedule reschedule) {
            job.due = Spans.at(reschedule.due(), tx.now());
            Moves.move(tx, job, Transition.RESCHEDULE);
        } else if (operation instanceof Operation.Reprioritize change) {
            job.priority = change.priority();
            tx.bringBack();
            job.save(tx);
        }
    }
}
