package dev.millrace.postgres;

import dev.millrace.spi.NewJob;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The application's own transactions in the store's database: the statements of the store, on the caller's connection. They need
 * no setting of that connection and change none, so it may come from any pool, also by way of PgBouncer in transaction mode.
 *
 * <p>Until the caller commits, other transactions can only meet the rows of unique keys that it has taken, and the job that it
 * settles. Who wants such a key waits for the commit; claims and sweeps pass over the job.
 */
final class CallerTransactions implements Transactions {
    private final Settings settings;
    private final Calls calls;
    private final Wakeups wakeups;
    private volatile Identity identity;

    CallerTransactions(Settings settings, Calls calls, Wakeups wakeups, Identity identity) {
        this.settings = settings;
        this.calls = calls;
        this.wakeups = wakeups;
        this.identity = identity;
    }

    @Override
    public Joined join(Connection connection) {
        if (identity.number() == null) {
            identity = calls.run(Identity::read);
        }
        calls.within(connection, sql -> {
            requireTransaction(connection);
            requireStore(sql);
            return true;
        });
        return new JoinedStore(connection);
    }

    /** Who awaits the job is told with the answer: in the transaction itself a NOTIFY would make commits wait for one another. */
    @Override
    public Standing standing(RunRef run) {
        Endings.Found found = calls.run(sql -> Endings.standing(sql, run));
        if (found.flows()) {
            calls.flow().deliver();
        }
        if (found.standing() == Standing.SETTLED) {
            calls.ring(EnumSet.of(Signal.FINISHED));
        }
        return found.standing();
    }

    private static void requireTransaction(Connection connection) throws SQLException {
        if (connection.isClosed()) {
            throw new IllegalArgumentException(
                    "the connection is closed, so nothing was stored. Give one that is open and in a transaction");
        }
        if (connection.getAutoCommit()) {
            throw new IllegalArgumentException(
                    "the connection is in auto-commit mode: each statement is a transaction of its own,"
                            + " and nothing was stored. Call setAutoCommit(false) first, or take the connection of a transaction that the"
                            + " framework has begun");
        }
    }

    private void requireStore(Sql sql) throws SQLException {
        String product = sql.connection().getMetaData().getDatabaseProductName();
        if (!"PostgreSQL".equals(product)) {
            throw elsewhere("a " + product + " database");
        }
        Identity theirs = Identity.find(sql);
        if (!identity.same(theirs)) {
            throw elsewhere(where(theirs));
        }
    }

    private static String where(@Nullable Identity theirs) {
        return theirs == null
                ? "a database without this store's schema"
                : "database " + theirs.database() + " with another store in the schema of that name";
    }

    private IllegalArgumentException elsewhere(String where) {
        return new IllegalArgumentException(
                "the connection leads to " + where + ", and the jobs are in " + settings.shown()
                        + " (schema " + settings.schema()
                        + "): one transaction cannot span both, and nothing was stored. Keep jobs and data"
                        + " in one database, or enqueue outside the transaction");
    }

    /** One connection's transaction. */
    private final class JoinedStore implements Joined {
        private final Connection connection;

        JoinedStore(Connection connection) {
            this.connection = connection;
        }

        @Override
        public List<Answer> enqueue(List<NewJob> jobs) {
            if (jobs.isEmpty()) {
                return List.of();
            }
            look();
            List<Answer> answers = Enqueues.within(calls, connection, jobs);
            if (settings.notifying() == Settings.Notify.TRANSACTION) {
                calls.within(connection, sql -> {
                    wakeups.announceWithCommit(sql);
                    return true;
                });
            }
            return answers;
        }

        @Override
        public Ending succeed(Settlement settlement) {
            look();
            return calls.within(connection, sql -> {
                Tx tx = new Tx(sql, calls);
                Ending ending = Endings.succeed(tx, settlement);
                tx.flush();
                return ending;
            });
        }

        private void look() {
            calls.within(connection, sql -> {
                requireTransaction(connection);
                return true;
            });
        }
    }
}
