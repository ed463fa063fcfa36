package dev.millrace.postgres;

import dev.millrace.JobState;
import dev.millrace.spi.Micros;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * How long members of workflows are kept: as long as the workflow is unfinished they have no time at which they go ({@link
 * Micros#NEVER}), and from its end on they are kept like any other job. They lie where rows go one by one.
 *
 * <p>Both who ends a member and who ends a head look, each after its end is committed, so at least one of them sees both.
 */
final class Members {
    private static final String OPEN_HEADS = """
            SELECT w.id FROM unnest(?::uuid[]) AS w (id)
            WHERE EXISTS (SELECT 1 FROM @dependency AS d JOIN @job AS j ON j.id = d.child
              WHERE d.parent = w.id AND d.verdict IS NOT NULL AND d.wish = 3)
            """;
    private static final String ENDED_FOREVER = "SELECT id FROM @history WHERE id = ANY (?) AND segment = " + Ring.ROWS
            + " AND keep_until = " + Micros.NEVER;
    private static final String TAKE = """
            SELECT seq, id, start FROM @outbox WHERE what = 3 ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED
            """;
    private static final String OF_HEAD = """
            SELECT parent FROM @dependency WHERE child = ? AND parent >= ? AND wish = 3 ORDER BY parent LIMIT ?
            """;

    private Members() {}

    /** Gives those of these jobs that have ended, and whose workflow has, the time at which they go. */
    static void letGo(Tx tx, Collection<UUID> jobs) throws SQLException {
        Set<UUID> members = endedForever(tx, jobs);
        if (!members.isEmpty()) {
            members.removeAll(tx.sql.rows(OPEN_HEADS, row -> Sql.uuid(row, 1), (Object) Job.sorted(members)));
            keep(tx, members);
        }
    }

    private static Set<UUID> endedForever(Tx tx, Collection<UUID> jobs) throws SQLException {
        return jobs.isEmpty()
                ? Set.of()
                : new HashSet<>(tx.sql.rows(ENDED_FOREVER, row -> Sql.uuid(row, 1), (Object) Job.sorted(jobs)));
    }

    private static void keep(Tx tx, Collection<UUID> members) throws SQLException {
        if (members.isEmpty()) {
            return;
        }
        for (Job job : Job.finished(tx, members)) {
            tx.later("UPDATE @history SET keep_until = ? WHERE id = ?", Moves.keepUntil(tx, job), job.id);
        }
        tx.flush();
    }

    /**
     * How many jobs have ended in this state that are counted among the most that are kept: all but members of unfinished
     * workflows. Where there are more members than would be too many, the others are not counted: {@code most} is told.
     */
    static long countOthers(Sql sql, JobState state, long most) throws SQLException {
        long all = Looks.count(sql, state);
        if (all <= most) {
            return all;
        }
        Long members = sql.first(
                "SELECT count(*) FROM (SELECT 1 FROM @history WHERE segment = " + Ring.ROWS + " AND state = "
                        + Codes.of(state) + " AND keep_until = " + Micros.NEVER + " LIMIT ?) AS m",
                row -> (Long) row.getLong(1),
                all - most);
        return all - (members == null ? 0 : members);
    }

    /** Works off a part of the members of a head that has ended or was deleted; says whether there was one. */
    static boolean run(Tx tx) throws SQLException {
        record Ended(long seq, UUID head, UUID start) {}
        Ended event = tx.sql.first(TAKE, row -> new Ended(row.getLong(1), Sql.uuid(row, 2), Sql.uuid(row, 3)));
        if (event == null) {
            return false;
        }
        List<UUID> members = new ArrayList<>();
        if (!tx.sql.exists("SELECT 1 FROM @job WHERE id = ?", event.head)) {
            members = tx.sql.rows(OF_HEAD, row -> Sql.uuid(row, 1), event.head, event.start, Deliveries.MOST + 1);
        }
        UUID next = members.size() > Deliveries.MOST ? members.remove(Deliveries.MOST) : null;
        keep(tx, endedForever(tx, members));
        if (!members.isEmpty() && !tx.sql.exists("SELECT 1 FROM @history WHERE id = ?", event.head)) {
            tx.sql.update(
                    "DELETE FROM @dependency WHERE child = ? AND parent = ANY (?)",
                    event.head,
                    members.toArray(UUID[]::new));
        }
        if (next == null) {
            tx.sql.update("DELETE FROM @outbox WHERE seq = ?", event.seq);
        } else {
            tx.sql.update("UPDATE @outbox SET start = ? WHERE seq = ?", next, event.seq);
            tx.cause();
        }
        return true;
    }
}
