package dev.millrace.postgres;

import dev.millrace.spi.Verdict;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Where the parents of new jobs stand. Those that have not ended are locked and marked, so that their ends tell; those that have
 * are locked against being run again until it is written down how they ended.
 *
 * @param ended how they ended
 * @param heads those of them that stand for workflows
 * @param left locked by another transaction
 * @param missing neither among the unfinished nor among the finished
 */
record ParentLook(Map<UUID, Verdict> ended, Set<UUID> heads, Set<UUID> left, Set<UUID> missing) {
    private static final String MARK = """
            WITH locked AS MATERIALIZED (
              SELECT id, marks FROM @job WHERE id = ANY (?) ORDER BY id FOR UPDATE SKIP LOCKED),
            marked AS (
              UPDATE @job SET marks = marks | MARK
              WHERE id = ANY (ARRAY(SELECT id FROM locked WHERE marks & MARK = 0)))
            SELECT id FROM locked
            """.replace("MARK", Integer.toString(Marks.DEPENDENTS));
    private static final String ENDED =
            "SELECT id, state, reason, marks FROM @history WHERE id = ANY (?) ORDER BY id FOR SHARE";
    /** A job may move between a look into one table and one into the other. */
    private static final int LOOKS = 3;

    static ParentLook at(Tx tx, Collection<UUID> parents) throws SQLException {
        ParentLook look = new ParentLook(new HashMap<>(), new HashSet<>(), new HashSet<>(), new HashSet<>(parents));
        for (int i = 0; i < LOOKS && !look.missing.isEmpty(); i++) {
            look.missing.removeAll(look.rows(tx, MARK));
            if (!look.missing.isEmpty()) {
                tx.sql.rows(ENDED, look::ended, (Object) Job.sorted(look.missing));
                look.missing.removeAll(look.ended.keySet());
            }
            if (!look.missing.isEmpty()) {
                look.left.addAll(look.rows(tx, "SELECT id FROM @job WHERE id = ANY (?)"));
                look.missing.removeAll(look.left);
            }
        }
        return look;
    }

    private boolean ended(ResultSet row) throws SQLException {
        UUID id = Sql.uuid(row, 1);
        Long reason = Sql.longOrNull(row, 3);
        ended.put(id, Verdict.of(Codes.state(row.getInt(2)), reason == null ? null : Codes.reason(reason.intValue())));
        return (row.getInt(4) & Marks.HEAD) != 0 && heads.add(id);
    }

    private Set<UUID> rows(Tx tx, String text) throws SQLException {
        return new HashSet<>(tx.sql.rows(text, row -> Sql.uuid(row, 1), (Object) Job.sorted(missing)));
    }

    /** How those had ended that are gone: what is known of them by their ids. Where nothing is known, they count as cancelled. */
    static Map<UUID, Verdict> gone(Tx tx, Collection<UUID> parents) throws SQLException {
        Map<UUID, Verdict> gone = new HashMap<>();
        if (!parents.isEmpty()) {
            parents.forEach(parent -> gone.put(parent, Verdict.CANCELLED));
            tx.sql.rows(
                    "SELECT id, verdict FROM @tombstone WHERE id = ANY (?)",
                    row -> {
                        Long verdict = Sql.longOrNull(row, 2);
                        return gone.put(
                                Sql.uuid(row, 1),
                                verdict == null ? Verdict.SUCCEEDED : Codes.verdict(verdict.intValue()));
                    },
                    (Object) Job.sorted(parents));
        }
        return gone;
    }

    /** Those that do not exist, as far as this transaction sees. */
    static Set<UUID> missing(Tx tx, Collection<UUID> parents) throws SQLException {
        Set<UUID> missing = new HashSet<>(parents);
        for (int i = 0; i < LOOKS && !missing.isEmpty(); i++) {
            for (String table : new String[] {"@job", "@history"}) {
                tx.sql
                        .rows("SELECT id FROM " + table + " WHERE id = ANY (?)", row -> Sql.uuid(row, 1), (Object)
                                Job.sorted(missing))
                        .forEach(missing::remove);
            }
        }
        return missing;
    }
}
