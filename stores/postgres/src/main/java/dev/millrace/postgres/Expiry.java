package dev.millrace.postgres;

import dev.millrace.spi.Transition;
import java.sql.SQLException;
import java.util.List;

/** Cancels unclaimed jobs whose expiry has passed. */
final class Expiry {
    private Expiry() {}

    static int cancel(Tx tx, int limit) throws SQLException {
        List<Job> expired = Job.select(
                tx,
                "WHERE j.expires IS NOT NULL AND j.state < 3 AND j.expires <= ? ORDER BY j.expires LIMIT ?",
                tx.now(),
                limit);
        for (Job job : expired) {
            Moves.move(tx, job, Transition.EXPIRE);
        }
        return expired.size();
    }
}
