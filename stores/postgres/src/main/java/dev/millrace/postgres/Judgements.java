package dev.millrace.postgres;

import dev.millrace.JobState;
import dev.millrace.spi.Transition;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish.Judgement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What has become of children's wishes, and what follows for those that are BLOCKED by parents. Each question about a child is a
 * look at one end of an index: none reads all that it waits for.
 */
final class Judgements {
    private static final String WRITE = """
            UPDATE @dependency AS d SET verdict = ?::smallint, waits = false
            FROM unnest(?::uuid[], ?::uuid[]) AS w (child, parent)
            WHERE d.child = w.child AND d.parent = w.parent AND d.verdict IS NULL
            """;
    private static final String FORGET = """
            UPDATE @dependency AS d SET verdict = NULL, waits = true
            FROM unnest(?::uuid[], ?::uuid[]) AS w (child, parent)
            WHERE d.child = w.child AND d.parent = w.parent AND d.verdict IS NOT NULL
            """;
    private static final String ILL =
            "EXISTS (SELECT 1 FROM @dependency AS d WHERE d.child = w.id AND d.wish < 2 AND d.verdict > 0 AND ";
    /** The wish SUCCESS is 0, FAILURE is 1; the verdict FAILED is 1, CANCELLED 2, NOT_NEEDED 3. */
    private static final String STANDINGS = "SELECT w.id, " + ILL + "d.wish = 0 AND d.verdict IN (1, 2)), " + ILL
            + "d.wish = 0 AND d.verdict = 3), " + ILL + "d.wish = 1 AND d.verdict = 1)," + """
              EXISTS (SELECT 1 FROM @dependency AS d WHERE d.child = w.id AND d.waits AND d.wish = 1),
              EXISTS (SELECT 1 FROM @dependency AS d WHERE d.child = w.id AND d.waits AND d.wish IN (0, 2, 3))
            FROM unnest(?::uuid[]) AS w (id)
            """;
    /** Once one FAILURE is met, the others are not waited for. */
    private static final String MET =
            "UPDATE @dependency SET waits = false WHERE child = ANY (?) AND wish = 1 AND waits";
    /** And when it is met no more, they are. */
    private static final String UNMET =
            "UPDATE @dependency SET waits = true WHERE child = ANY (?) AND wish = 1 AND verdict IS NULL AND NOT waits";

    private Judgements() {}

    /** That a child is told how a parent ended. */
    record Told(UUID child, UUID parent, Verdict verdict) {}

    /** Writes verdicts down that are not there yet. */
    static void write(Tx tx, Collection<Told> told) throws SQLException {
        Map<Verdict, List<Told>> byVerdict = new EnumMap<>(Verdict.class);
        told.forEach(each -> byVerdict
                .computeIfAbsent(each.verdict, any -> new ArrayList<>())
                .add(each));
        for (Map.Entry<Verdict, List<Told>> each : byVerdict.entrySet()) {
            tx.sql.update(
                    WRITE,
                    Codes.of(each.getKey()),
                    each.getValue().stream().map(Told::child).toArray(UUID[]::new),
                    each.getValue().stream().map(Told::parent).toArray(UUID[]::new));
        }
    }

    /** Forgets how these parents ended, since they are unfinished again: the children wait for them. */
    static void forget(Tx tx, UUID[] children, UUID[] parents) throws SQLException {
        tx.sql.update(FORGET, children, parents);
    }

    /** Where a child stands. */
    private record Standing(boolean broken, boolean unneeded, boolean met, boolean hopes, boolean waits) {
        static Standing read(ResultSet row) throws SQLException {
            return new Standing(
                    row.getBoolean(2), row.getBoolean(3), row.getBoolean(4), row.getBoolean(5), row.getBoolean(6));
        }

        /** What that means; null while it goes on waiting. A failure that is met ends the waiting for all others. */
        @Nullable
        Judgement judgement(Job job) {
            if (broken) {
                return Judgement.BROKEN;
            }
            if (unneeded || (job.marked(Marks.FAILURES) && !hopes && !met)) {
                return Judgement.UNNEEDED;
            }
            return waits || (hopes && !met) ? null : Judgement.MET;
        }
    }

    private static Map<UUID, Standing> standings(Tx tx, List<Job> jobs) throws SQLException {
        Map<UUID, Standing> standings = new HashMap<>();
        if (!jobs.isEmpty()) {
            tx.sql.rows(STANDINGS, row -> standings.put(Sql.uuid(row, 1), Standing.read(row)), (Object) ids(jobs));
        }
        return standings;
    }

    /** Lets those of these locked jobs pass that wait for no parent any more, and cancels those that never can. */
    static void judge(Tx tx, List<Job> locked) throws SQLException {
        List<Job> jobs = locked.stream()
                .filter(job -> job.state == JobState.BLOCKED && job.marked(Marks.WAITS))
                .toList();
        Map<UUID, Standing> standings = standings(tx, jobs);
        stopHoping(tx, jobs, standings);
        for (Job job : jobs) {
            Standing standing = standings.get(job.id);
            Judgement judgement = standing == null ? null : standing.judgement(job);
            if (judgement == null) {
                continue;
            }
            if (judgement != Judgement.MET) {
                Moves.abandon(tx, job, judgement.reason());
            } else if (job.marked(Marks.HEAD)) {
                Moves.move(tx, job, Transition.COMPLETE);
            } else {
                Moves.release(tx, job);
            }
        }
    }

    private static void stopHoping(Tx tx, List<Job> jobs, Map<UUID, Standing> standings) throws SQLException {
        List<Job> met = jobs.stream()
                .filter(job -> {
                    Standing standing = standings.get(job.id);
                    return standing != null && standing.met && standing.hopes;
                })
                .toList();
        if (!met.isEmpty()) {
            tx.sql.update(MET, (Object) ids(met));
        }
    }

    /**
     * Which of these jobs, that have ended since a parent did otherwise than hoped, wait again now that one is run again. Sees to
     * it that what is hoped for is waited for again.
     */
    static List<Job> waitingAgain(Tx tx, List<Job> jobs) throws SQLException {
        return waitingAgain(jobs, standings(tx, jobs));
    }

    private static List<Job> waitingAgain(List<Job> jobs, Map<UUID, Standing> standings) {
        return jobs.stream()
                .filter(job -> {
                    Standing standing = standings.get(job.id);
                    return standing != null && standing.judgement(job) == null;
                })
                .toList();
    }

    /** Of children with the wish FAILURE, a parent of which is run again: whether that is still met by another. */
    static void hopeAgain(Tx tx, UUID[] children) throws SQLException {
        Map<Boolean, List<UUID>> met = new HashMap<>();
        tx.sql.rows(
                "SELECT w.id, " + ILL + "d.wish = 1 AND d.verdict = 1) FROM unnest(?::uuid[]) AS w (id)",
                row -> met.computeIfAbsent(row.getBoolean(2), any -> new ArrayList<>())
                        .add(Sql.uuid(row, 1)),
                (Object) children);
        for (Map.Entry<Boolean, List<UUID>> each : met.entrySet()) {
            tx.sql.update(each.getKey() ? MET : UNMET, (Object) each.getValue().toArray(UUID[]::new));
        }
    }

    private static UUID[] ids(List<Job> jobs) {
        return jobs.stream().map(job -> job.id).toArray(UUID[]::new);
    }
}
