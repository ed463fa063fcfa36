package dev.millrace.postgres;

import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Running again by hand what has ended, where other jobs have to do with it: parents that it waits for, children that are told. */
final class RunningAgain {
    private static final String BROKEN = """
            SELECT w.id, d.parent FROM unnest(?::uuid[]) AS w (id)
            CROSS JOIN LATERAL (
              SELECT o.parent FROM @dependency AS o
              WHERE o.child = w.id AND o.wish = 0 AND o.wish < 2 AND o.verdict > 0 AND o.verdict IN (1, 2)
              ORDER BY o.place LIMIT 1) AS d
            """;
    /** Locked, so that what is being told at this moment is waited for: a job must not wait for what it will not hear again. */
    private static final String WAITING = """
            SELECT w.id FROM unnest(?::uuid[]) AS w (id)
            CROSS JOIN LATERAL (SELECT 1 FROM @dependency AS o WHERE o.child = w.id AND o.waits LIMIT 1 FOR SHARE) AS d
            """;

    private static final String WAITED_FOR = """
            SELECT w.id FROM unnest(?::uuid[]) AS w (id)
            WHERE EXISTS (SELECT 1 FROM @dependency AS d WHERE d.parent = w.id AND d.verdict IS NOT NULL)
            """;

    private RunningAgain() {}

    /**
     * Marks those of these locked jobs that have ended and wait for a parent, and those that others have waited for.
     *
     * @return a parent that did not succeed as hoped, by the job that cannot be run again for that
     */
    static Map<UUID, UUID> look(Tx tx, Collection<Job> jobs) throws SQLException {
        List<Job> ended = jobs.stream().filter(job -> job.state.finished()).toList();
        Map<UUID, UUID> broken = new HashMap<>();
        UUID[] children = ids(ended.stream()
                .filter(job -> job.marked(Marks.PARENTS) && !job.marked(Marks.HEAD))
                .toList());
        Set<UUID> waiting = new HashSet<>();
        if (children.length > 0) {
            tx.sql.rows(BROKEN, row -> broken.put(Sql.uuid(row, 1), Sql.uuid(row, 2)), (Object) children);
            waiting.addAll(tx.sql.rows(WAITING, row -> Sql.uuid(row, 1), (Object) children));
        }
        markWaitedFor(tx, ended);
        ended.forEach(job -> job.mark(Marks.WAITS, waiting.contains(job.id) || job.marked(Marks.HEAD)));
        return broken;
    }

    /** Marks those of these locked jobs that came to be waited for when they had ended, so that they tell of their next end. */
    static void markWaitedFor(Tx tx, Collection<Job> ended) throws SQLException {
        UUID[] unmarked =
                ids(ended.stream().filter(job -> !job.marked(Marks.DEPENDENTS)).toList());
        if (unmarked.length > 0) {
            Set<UUID> waitedFor = new HashSet<>(tx.sql.rows(WAITED_FOR, row -> Sql.uuid(row, 1), (Object) unmarked));
            ended.stream().filter(job -> waitedFor.contains(job.id)).forEach(job -> job.mark(Marks.DEPENDENTS, true));
        }
    }

    private static UUID[] ids(List<Job> jobs) {
        return jobs.stream().map(job -> job.id).toArray(UUID[]::new);
    }

    /** Runs one of them again. A workflow's head none of whose members runs has ended again at once. */
    static void run(Tx tx, Job job) throws SQLException {
        Moves.runAgain(tx, job);
        if (job.marked(Marks.HEAD)) {
            tx.flush();
            Judgements.judge(tx, List.of(job));
        }
    }
}
