package dev.millrace.postgres;

import dev.millrace.spi.Due;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Transition;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/** Makes a job that waits what another would have been: its id, kind, queue, group, parents and arrival stay. */
final class Replacing {
    /** What the new one says of itself. */
    private static final int SAID = Marks.PAYLOAD | Marks.SPEC | Marks.KEY | Marks.TAGS | Marks.WINDOW;

    private Replacing() {}

    /** Replaces a locked job. What is written is there when this returns, so that a job can be replaced again. */
    static void replace(Tx tx, Job job, NewJob by) throws SQLException {
        Map<UUID, JobRecord> records = Records.read(tx.sql, tx.lanes(), new UUID[] {job.id});
        JobSpec was = Objects.requireNonNull(records.get(job.id)).spec();
        JobSpec next = by.spec();
        Keys.Unique unique = Objects.requireNonNull(next.keys().unique(), "a unique key");
        JobSpec spec = new JobSpec(
                was.id(),
                was.kind(),
                was.queue(),
                next.priority(),
                next.payload(),
                next.options(),
                next.labels(),
                was.keys().withUnique(unique),
                next.keepFor());
        if (unique.conflict() != Keys.Conflict.KEEP_DUE) {
            job.due = Spans.at(by.due(), tx.now());
            job.delay = job.marked(Marks.WAITS) && by.due() instanceof Due.After ? (Long) (job.due - tx.now()) : null;
        }
        if (job.marked(Marks.TAGS)) {
            tx.sql.update(
                    "DELETE FROM @tag WHERE id = ? AND tag = ANY (?)",
                    job.id,
                    was.labels().tags().toArray(String[]::new));
        }
        tx.sql.update("DELETE FROM @payload WHERE id = ?", job.id);
        tx.sql.update("DELETE FROM @spec WHERE id = ?", job.id);
        tx.sql.update("DELETE FROM @step WHERE id = ?", job.id);
        job.marks = (job.marks & ~(SAID | Marks.STEPS)) | (Marks.of(spec) & SAID);
        job.priority = spec.priority();
        job.expires = by.expiry() == null ? Micros.NEVER : Spans.at(by.expiry(), tx.now());
        job.keepFor = spec.keepFor() == null ? null : (Long) Spans.micros(spec.keepFor());
        tx.later(
                "UPDATE @job SET options = ?::text, payload = ?::bytea, keep_for = ?::bigint, expires = ?::bigint WHERE id = ?",
                spec.options().isEmpty() ? null : Sql.clean(spec.options()),
                Enqueues.inline(spec),
                job.keepFor,
                Job.orNull(job.expires),
                job.id);
        Enqueues.aside(tx, spec, Marks.of(spec), job.delay);
        Moves.move(tx, job, Transition.REPLACE);
        tx.flush();
    }
}
