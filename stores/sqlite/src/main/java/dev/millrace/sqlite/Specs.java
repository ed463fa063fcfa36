package dev.millrace.sqlite;

import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What lies beside a job's row of what its producer said: a large payload, labels and keys. */
final class Specs {
    private Specs() {}

    /** The keys in three columns (the text, unique key, group key). Rows of the first layout have no text, and all groups were of one at a time. */
    static Keys keys(ResultSet row, int column) throws SQLException {
        String text = row.getString(column);
        if (text != null) {
            return Keys.decode(text);
        }
        String unique = row.getString(column + 1);
        String group = row.getString(column + 2);
        return new Keys(
                unique == null ? null : Keys.Unique.of(unique), group == null ? null : Keys.Group.serial(group), null);
    }

    /** The keys of a job that has a row in millrace_spec, or none. */
    static Keys keys(Statements sql, long seq) throws SQLException {
        Keys keys = sql.first(
                "SELECT keys, unique_key, group_key FROM millrace_spec WHERE seq = ?", row -> keys(row, 1), seq);
        return keys == null ? Keys.NONE : keys;
    }

    /** What is not plain about a job as it comes in. */
    static int marksOf(JobSpec spec) {
        Keys keys = spec.keys();
        return (spec.payload().length > Enqueues.INLINE_PAYLOAD ? Marks.PAYLOAD : 0)
                | (spec.labels().isEmpty() && keys.equals(Keys.NONE) ? 0 : Marks.SPEC)
                | (keys.uniqueKey() == null ? 0 : Marks.KEY)
                | (spec.labels().tags().isEmpty() ? 0 : Marks.TAGS)
                | (keys.group() == null ? 0 : Marks.GROUP)
                | marksOf(spec, keys.member());
    }

    /** A member is one more that its workflow waits for; the head waits for all of them. */
    private static int marksOf(JobSpec spec, Keys.@Nullable Member member) {
        if (member == null) {
            return 0;
        }
        return member.workflow().equals(spec.id()) ? Marks.HEAD | Marks.PARENTS : Marks.MEMBER | Marks.CHILDREN;
    }

    /** Writes what does not lie in the job's row. */
    static void write(Tx tx, long seq, JobSpec spec) throws SQLException {
        int marks = marksOf(spec);
        if ((marks & Marks.PAYLOAD) != 0) {
            tx.sql.update("INSERT INTO millrace_payload (seq, payload) VALUES (?, ?)", seq, spec.payload());
        }
        if ((marks & Marks.SPEC) != 0) {
            Keys.@Nullable Group group = spec.keys().group();
            tx.sql.update(
                    "INSERT INTO millrace_spec (seq, labels, unique_key, group_key, keys) VALUES (?, ?, ?, ?, ?)",
                    seq,
                    Packed.labels(spec.labels()),
                    spec.keys().uniqueKey(),
                    group == null ? null : group.key(),
                    spec.keys().encode());
        }
        for (String tag : spec.labels().tags()) {
            tx.sql.update("INSERT INTO millrace_tag (tag, id) VALUES (?, ?)", tag, spec.id());
        }
    }

    /** Gives a job that has keys others. */
    static void changeKeys(Tx tx, Job job, Keys keys) throws SQLException {
        tx.sql.update(
                "UPDATE millrace_spec SET unique_key = ?, keys = ? WHERE seq = ?",
                keys.uniqueKey(),
                keys.encode(),
                job.seq);
        job.forgetKeys();
    }
}
