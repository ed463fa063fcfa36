package dev.millrace.sqlite;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Transition;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish.Judgement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for whom: one row per child and parent, with the verdict once the parent has ended. Where a child stands is read off an
 * index by wish and verdict, in a few looks however many parents it has, and follows from its rows alone; so hearing of a parent
 * twice, late or in another order comes to the same.
 */
final class Dependencies {
    private static final String ROW =
            "SELECT 1 FROM millrace_parent INDEXED BY millrace_parent_standing WHERE child = ?1";
    /** Wishes are 0 SUCCESS, 1 FAILURE, 2 END; verdicts 1 FAILED, 2 CANCELLED, 3 NOT_NEEDED. */
    private static final String STANDING = """
            SELECT EXISTS (ROW AND wish = 0 AND verdict BETWEEN 1 AND 2), EXISTS (ROW AND wish = 0 AND verdict = 3),
              EXISTS (ROW AND wish = 0 AND verdict IS NULL) OR EXISTS (ROW AND wish = 2 AND verdict IS NULL),
              EXISTS (ROW AND wish = 1), EXISTS (ROW AND wish = 1 AND verdict = 1), EXISTS (ROW AND wish = 1 AND verdict IS NULL)
            """.replace("ROW", ROW);

    /** Sorts before every id. */
    private static final byte[] BEFORE_ALL = {0};

    private Dependencies() {}

    /** How the parents of a job have ended so far. */
    private record Standing(
            boolean broken, boolean unneeded, boolean waits, boolean hopes, boolean failed, boolean mayFail) {
        static Standing read(ResultSet row) throws SQLException {
            return new Standing(
                    row.getInt(1) != 0,
                    row.getInt(2) != 0,
                    row.getInt(3) != 0,
                    row.getInt(4) != 0,
                    row.getInt(5) != 0,
                    row.getInt(6) != 0);
        }

        boolean goesOnWaiting() {
            return waits || (mayFail && !failed);
        }

        /** What it means for a job that is BLOCKED by parents; null while it goes on waiting. */
        @Nullable
        Judgement judgement() {
            if (broken) {
                return Judgement.BROKEN;
            }
            if (unneeded || (hopes && !failed && !mayFail)) {
                return Judgement.UNNEEDED;
            }
            return goesOnWaiting() ? null : Judgement.MET;
        }
    }

    private static Standing standing(Tx tx, UUID child) throws SQLException {
        Standing standing = tx.sql.first(STANDING, Standing::read, child);
        if (standing == null) {
            throw new IllegalStateException("SQLite gave no row for where job " + child + " stands");
        }
        return standing;
    }

    /** Whether a job waits for others, whatever else stands in its way. */
    static boolean waits(Tx tx, UUID child) throws SQLException {
        return standing(tx, child).goesOnWaiting();
    }

    /** A parent whose end has broken a job's wish; null when there is none. */
    static @Nullable UUID broken(Tx tx, Job job) throws SQLException {
        return job.marked(Marks.PARENTS)
                ? tx.sql.first(
                        "SELECT parent FROM millrace_parent INDEXED BY millrace_parent_standing"
                                + " WHERE child = ? AND wish = 0 AND verdict BETWEEN 1 AND 2 LIMIT 1",
                        row -> Ids.uuid(row.getBytes(1)),
                        job.id)
                : null;
    }

    /** Writes a dependency, unless it is known. */
    static void add(Tx tx, UUID child, long place, Parent parent, @Nullable Verdict verdict) throws SQLException {
        tx.sql.update(
                "INSERT INTO millrace_parent (child, place, parent, queue, wish, verdict) VALUES (?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT DO NOTHING",
                child,
                place,
                parent.job(),
                parent.queue(),
                Codes.of(parent.wish()),
                Codes.ofNullable(verdict));
    }

    /**
     * Has a workflow wait for a member that has just come, behind all that it waits for already: a member's number alone is no place,
     * since SQLite gives the number of a job that was deleted to a later one. How one of the same id has ended, which was deleted, is
     * forgotten.
     */
    static void join(Tx tx, UUID head, long place, Parent member) throws SQLException {
        tx.sql.update(
                "INSERT INTO millrace_parent (child, place, parent, queue, wish, verdict) VALUES"
                        + " (?1, max(?2, (SELECT coalesce(max(place), 0) + 1 FROM millrace_parent WHERE child = ?1)), ?3, ?4, ?5, NULL)"
                        + " ON CONFLICT (parent, child) DO UPDATE SET queue = excluded.queue, verdict = NULL",
                head,
                place,
                member.job(),
                member.queue(),
                Codes.of(member.wish()));
    }

    /** How a job has ended; null while it has not. */
    static @Nullable Verdict verdict(JobState state, @Nullable CancelReason reason) {
        return state.finished() ? Verdict.of(state, reason) : null;
    }

    private record Link(byte[] child, long place, @Nullable Verdict verdict) {
        static Link read(ResultSet row) throws SQLException {
            return new Link(row.getBytes(1), row.getLong(2), Codes.verdict(Statements.longOrNull(row, 3)));
        }
    }

    /** Tells those who wait for a job how it stands now. */
    static Outbox.@Nullable Item tell(Tx tx, Outbox.Item item) throws SQLException {
        UUID id = (UUID) item.target();
        Job parent = Job.byId(tx, id);
        Verdict verdict = parent == null ? item.verdict() : verdict(parent.state, parent.reason);
        if (parent == null && verdict == null) {
            return null; // it was deleted, which is told by itself
        }
        int most = tx.outbox.left();
        List<Link> links = tx.sql.rows(
                "SELECT child, place, verdict FROM millrace_parent INDEXED BY millrace_parent_children"
                        + " WHERE parent = ?1 AND child > ?2 ORDER BY child LIMIT ?3",
                Link::read,
                id,
                item.cursor() == null ? BEFORE_ALL : item.cursor(),
                most);
        for (Link link : links) {
            if (link.verdict != verdict) {
                tx.sql.update(
                        "UPDATE millrace_parent SET verdict = ? WHERE child = ? AND place = ?",
                        Codes.ofNullable(verdict),
                        link.child,
                        link.place);
                Job child = Job.byId(tx, Ids.uuid(link.child));
                if (child != null) {
                    comeBack(tx, child);
                    judge(tx, child);
                }
            }
        }
        tx.outbox.spend(links.size());
        return links.size() < most ? null : item.from(links.get(links.size() - 1).child);
    }

    /** Has a job wait again that ended since a parent did, if that parent has not any more. */
    private static void comeBack(Tx tx, Job child) throws SQLException {
        if (child.marked(Marks.HEAD)) {
            if (child.state.finished() && waits(tx, child.id)) {
                Moves.runAgain(tx, child);
            }
        } else if (child.state == JobState.CANCELLED && child.reason == CancelReason.PARENT_FAILED) {
            Judgement judgement = standing(tx, child.id).judgement();
            if ((judgement == null || judgement == Judgement.MET) && Keyring.otherHolder(tx, child) == null) {
                Moves.move(tx, child, Transition.REVIVE);
            }
        }
    }

    /** Lets a job pass that waits for no parent any more, or cancels it if it never can. */
    static void judge(Tx tx, Job job) throws SQLException {
        if (!job.marked(Marks.WAITS)) {
            return;
        }
        Judgement judgement = standing(tx, job.id).judgement();
        if (judgement == null) {
            return;
        }
        if (judgement != Judgement.MET) {
            Moves.abandon(tx, job, judgement.reason());
        } else if (job.marked(Marks.HEAD)) {
            Moves.move(tx, job, Transition.COMPLETE);
        } else {
            if (job.marked(Marks.RELATIVE)) {
                Long delay = tx.sql.longOrNull("SELECT delay FROM millrace_delay WHERE seq = ?", job.seq);
                job.due = tx.now() + (delay == null ? 0 : delay);
                forgetDelay(tx, job);
            }
            Moves.move(tx, job, Transition.RELEASE);
        }
    }

    /** Its due time counts from when its parents are done. */
    static void delay(Tx tx, long seq, long delay) throws SQLException {
        tx.sql.update("INSERT OR REPLACE INTO millrace_delay (seq, delay) VALUES (?, ?)", seq, delay);
    }

    /** Its due time stands by itself from now on; the caller saves the job. */
    static void forgetDelay(Tx tx, Job job) throws SQLException {
        if (job.marked(Marks.RELATIVE)) {
            tx.sql.update("DELETE FROM millrace_delay WHERE seq = ?", job.seq);
            job.marks &= ~Marks.RELATIVE;
        }
    }

    /** Forgets what a deleted job waited for. */
    static Outbox.@Nullable Item forget(Tx tx, Outbox.Item item) throws SQLException {
        int most = tx.outbox.left();
        int gone = tx.sql.update(
                "DELETE FROM millrace_parent WHERE child = ?1 AND place IN"
                        + " (SELECT place FROM millrace_parent WHERE child = ?1 ORDER BY place LIMIT ?2)",
                item.target(),
                most);
        tx.outbox.spend(gone);
        return gone < most ? null : item;
    }

    /** What jobs wait, or waited, for, in order. */
    static List<Dependency> of(Statements sql, Collection<UUID> children) throws SQLException {
        return children.isEmpty()
                ? List.of()
                : sql.rows(
                        """
                        SELECT child, parent, queue, wish, verdict FROM millrace_parent
                        WHERE child IN (SELECT unhex(value) FROM json_each(?)) ORDER BY child, place
                        """,
                        row -> new Dependency(
                                Ids.uuid(row.getBytes(1)),
                                new Parent(
                                        Ids.uuid(row.getBytes(2)),
                                        Statements.textOrEmpty(row, 3),
                                        Codes.wish(row.getInt(4))),
                                Codes.verdict(Statements.longOrNull(row, 5))),
                        Ids.json(children));
    }
}
