package dev.millrace.sqlite;

import dev.millrace.spi.Due;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Transition;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * A waiting job becomes what was enqueued with its unique key: payload, options, priority, labels, times, keep-for and the rule of
 * its key. Its id, kind, queue, group, workflow, parents and arrival stay.
 */
final class Replacement {
    private static final int REWRITTEN = Marks.PAYLOAD | Marks.SPEC | Marks.TAGS | Marks.KEY | Marks.STEPS;

    private Replacement() {}

    static void replace(Tx tx, Job job, NewJob by) throws SQLException {
        if (Groups.waitsAtGate(job)) {
            Groups.leave(tx, job);
        }
        Keys.Unique unique = by.spec().keys().unique();
        JobSpec spec = new JobSpec(
                job.id,
                by.spec().kind(),
                tx.lanes.name(job.lane).queue(),
                by.spec().priority(),
                by.spec().payload(),
                by.spec().options(),
                by.spec().labels(),
                job.keys(tx).withUnique(unique),
                by.spec().keepFor());
        Aside.delete(tx, job.seq, job.id, job.marks & REWRITTEN);
        writeRow(tx, job.seq, spec);
        Specs.write(tx, job.seq, spec);
        job.forgetKeys();
        job.marks = (job.marks & ~REWRITTEN) | (Specs.marksOf(spec) & REWRITTEN);
        job.priority = spec.priority();
        job.expires = by.expiry() == null ? Micros.NEVER : Spans.at(by.expiry(), tx.now());
        if (unique == null || unique.conflict() != Keys.Conflict.KEEP_DUE) {
            reschedule(tx, job, by.due());
        }
        Moves.move(tx, job, Transition.REPLACE);
    }

    private static void writeRow(Tx tx, long seq, JobSpec spec) throws SQLException {
        PreparedStatement statement =
                tx.sql.prepare("UPDATE millrace_job SET options = ?, payload = ?, keep_for = ? WHERE seq = ?");
        Enqueues.setOptions(statement, 1, spec.options());
        Enqueues.setPayload(statement, 2, spec.payload());
        Job.setLong(statement, 3, spec.keepFor() == null ? null : (Long) Spans.micros(spec.keepFor()));
        statement.setLong(4, seq);
        statement.executeUpdate();
    }

    private static void reschedule(Tx tx, Job job, Due due) throws SQLException {
        job.due = Spans.at(due, tx.now());
        Dependencies.forgetDelay(tx, job);
        if (job.marked(Marks.WAITS) && due instanceof Due.After) {
            Dependencies.delay(tx, job.seq, Math.max(0, job.due - tx.now()));
            job.marks |= Marks.RELATIVE;
        }
    }
}
