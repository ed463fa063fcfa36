package dev.millrace.sqlite;

import dev.millrace.spi.Transition;
import java.sql.SQLException;
import java.util.List;

/** Cancels unclaimed jobs whose expiry has passed. */
final class Expiry {
    private static final String EXPIRED =
            "INDEXED BY millrace_job_expiry WHERE expires IS NOT NULL AND state < 3 AND expires <= ? ORDER BY expires LIMIT ?";
    /** The most that a claim cancels on its way. */
    private static final int ON_THE_WAY = 1_000;

    private Expiry() {}

    static int cancel(Tx tx, int limit) throws SQLException {
        List<Job> expired = Job.select(tx, EXPIRED, tx.now(), limit);
        for (Job job : expired) {
            Moves.move(tx, job, Transition.EXPIRE);
        }
        return expired.size();
    }

    /**
     * Cancels what a claim might meet.
     *
     * @return whether some are left, which the claim must then pass over
     */
    static boolean cancelSome(Tx tx) throws SQLException {
        return cancel(tx, ON_THE_WAY) == ON_THE_WAY;
    }
}
