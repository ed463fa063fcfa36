package dev.millrace.sqlite;

import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Transfer.Item;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What imported jobs have to do with others. A job and what it waits for may come in different calls, in either order, and an
 * export that was made while workers ran may show one before and the other after an end; so whatever meets here is told anew.
 */
final class ImportedTies {
    private final Tx tx;
    private final List<Long> members = new ArrayList<>();
    private final List<UUID> arrived = new ArrayList<>();
    private final List<UUID> awaited = new ArrayList<>();

    ImportedTies(Tx tx) {
        this.tx = tx;
    }

    /** Whether a job is to pass its group's gate here: what was ready, ran or waited for a place there may have another here. */
    static boolean comesToGate(JobRecord job) {
        return job.spec().keys().group() != null
                && (job.state() == JobState.READY
                        || job.state() == JobState.RUNNING
                        || job.gate() == JobRecord.Gate.GROUP);
    }

    /** What a job has of marks, beyond what its spec and its trail say. */
    static int marksOf(Item.Job item) {
        return (item.parents().isEmpty() ? 0 : Marks.PARENTS)
                | (item.job().gate() == JobRecord.Gate.PARENTS ? Marks.WAITS : 0)
                | (item.job().times().delay() == null ? 0 : Marks.RELATIVE);
    }

    /** A job was stored, plain or not. */
    void arrived(UUID id) {
        arrived.add(id);
    }

    /** A job that is not plain was stored. */
    void add(Item.Job item, long seq) throws SQLException {
        if (comesToGate(item.job())) {
            Groups.adopt(tx, Job.bySeq(tx, seq), item.job().gate() != JobRecord.Gate.GROUP);
        }
        if (item.job().state().finished() && item.job().times().keepUntil() == null) {
            members.add(seq);
        }
        if (item.job().times().delay() != null) {
            Dependencies.delay(tx, seq, Spans.micros(item.job().times().delay()));
        }
        int place = -item.parents().size();
        for (Dependency dependency : item.parents()) {
            Dependencies.add(tx, dependency.child(), place++, dependency.parent(), dependency.verdict());
            awaited.add(dependency.parent().job());
        }
    }

    /** Tells jobs of parents that they have met here, and lets members go whose workflow has not come along. */
    void tie() throws SQLException {
        if (!arrived.isEmpty() && tx.sql.exists("SELECT 1 FROM millrace_parent LIMIT 1")) {
            awaited.addAll(tx.sql.rows(
                    "SELECT DISTINCT parent FROM millrace_parent INDEXED BY millrace_parent_children"
                            + " WHERE parent IN (SELECT unhex(value) FROM json_each(?))",
                    row -> Ids.uuid(row.getBytes(1)),
                    Ids.json(arrived)));
        }
        for (UUID parent : awaited) {
            tell(Job.byId(tx, parent));
        }
        for (long seq : members) {
            Job member = Job.bySeq(tx, seq);
            if (!Workflows.open(tx, member)) {
                Workflows.keepFromNow(tx, member);
            }
        }
    }

    private void tell(@Nullable Job parent) throws SQLException {
        if (parent == null) {
            return; // it comes later, or is gone
        }
        if (!parent.marked(Marks.CHILDREN)) {
            parent.marks |= Marks.CHILDREN;
            parent.save(tx);
        }
        if (parent.state.finished()) {
            tx.outbox.tell(parent.id, Dependencies.verdict(parent.state, parent.reason));
        }
    }
}
