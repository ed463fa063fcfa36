package dev.millrace.sqlite;

import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a workflow's head is to its members, other than a job that waits for them: it keeps them while it is unfinished. */
final class Workflows {
    private Workflows() {}

    /** Whether the workflow that a job belongs to is unfinished. */
    static boolean open(Tx tx, Job job) throws SQLException {
        UUID head = headOf(tx, job);
        return head != null && tx.sql.exists("SELECT 1 FROM millrace_job WHERE id = ? AND state < 4", head);
    }

    private static @Nullable UUID headOf(Tx tx, Job job) throws SQLException {
        Keys.Member member = job.marked(Marks.MEMBER) ? job.keys(tx).member() : null;
        return member == null ? null : member.workflow();
    }

    private record Link(long place, UUID parent) {
        static Link read(ResultSet row) throws SQLException {
            return new Link(row.getLong(1), Ids.uuid(row.getBytes(2)));
        }
    }

    /**
     * Gives members that have ended the time until which they are kept, counted from now, since their workflow has ended. Of a
     * head that is deleted, what it waited for is forgotten along with it.
     */
    static Outbox.@Nullable Item letGo(Tx tx, Outbox.Item item) throws SQLException {
        UUID id = (UUID) item.target();
        Job head = Job.byId(tx, id);
        if (head != null && !head.state.finished()) {
            return null; // it goes on, and lets them go when it ends again
        }
        int most = tx.outbox.left();
        List<Link> links = tx.sql.rows(
                "SELECT place, parent FROM millrace_parent WHERE child = ?1 AND place > ?2 ORDER BY place LIMIT ?3",
                Link::read,
                id,
                item.cursor() == null ? Long.MIN_VALUE : item.cursor(),
                most);
        for (Link link : links) {
            Job member = Job.byId(tx, link.parent);
            if (member != null && id.equals(headOf(tx, member))) {
                keepFromNow(tx, member);
            }
            if (head == null) {
                tx.sql.update("DELETE FROM millrace_parent WHERE child = ? AND place = ?", id, link.place);
            }
        }
        tx.outbox.spend(links.size());
        return links.size() < most ? null : item.from(links.get(links.size() - 1).place);
    }

    /** Gives a job that has ended, and is kept for its workflow's sake alone, its time. */
    static void keepFromNow(Tx tx, Job member) throws SQLException {
        if (member.state.finished() && member.keepUntil == Micros.NEVER) {
            member.keepUntil = Moves.keepUntil(tx, member);
            member.save(tx);
        }
    }
}
