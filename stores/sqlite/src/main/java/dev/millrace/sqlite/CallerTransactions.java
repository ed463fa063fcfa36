package dev.millrace.sqlite;

import dev.millrace.spi.NewJob;
import dev.millrace.spi.Retention;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Transactions;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;

/**
 * The application's own transactions on the file: the statements of the store, on the caller's connection. The writer sees the
 * commit as that of another connection, and tells listeners.
 *
 * <p>What is done in one call is within a savepoint, so that after an error nothing of it is left, whatever the caller makes of
 * the rest. The first statement is a write of nothing, which takes the write lock: a transaction that has only read first may not
 * get it any more once somebody else has written.
 *
 * <p>What ends or comes in here tells nobody yet: jobs that wait for it, and places in groups, are for the next exchange or sweep
 * ({@link Outbox}).
 */
final class CallerTransactions implements Transactions {
    private final Path file;
    private final SqliteErrors errors;
    private final Writer writer;
    private final Readers readers;
    private final Clock clock;
    private final Retention retention;

    CallerTransactions(
            Path file, SqliteErrors errors, Writer writer, Readers readers, Clock clock, Retention retention) {
        this.file = file;
        this.errors = errors;
        this.writer = writer;
        this.readers = readers;
        this.clock = clock;
        this.retention = retention;
    }

    @Override
    public Joined join(Connection connection) {
        writer.refuseClosed();
        try {
            requireTransaction(connection);
            requireFile(connection);
        } catch (SQLException e) {
            throw errors.joined(e);
        }
        return new JoinedFile(connection);
    }

    @Override
    public Standing standing(RunRef run) {
        if (readers.read(sql -> Settles.succeeded(sql, run))) {
            return Standing.SETTLED;
        }
        // Once the write lock can be had, no other transaction is open that could still settle it.
        return writer.write(tx -> Settles.succeeded(tx.sql, run)) ? Standing.SETTLED : Standing.UNSETTLED;
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

    /** Compares paths without opening any file: closing a descriptor of the database file would drop this process's locks on it. */
    private void requireFile(Connection connection) throws SQLException {
        String product = connection.getMetaData().getDatabaseProductName();
        if (!"SQLite".equals(product)) {
            throw elsewhere("a " + product + " database");
        }
        Statements sql = new Statements(connection);
        try {
            // The pragma, not the table of that name: it begins no read, which a later write would have to be in time
            // for.
            String theirs = sql.first("PRAGMA database_list", row -> Statements.textOrEmpty(row, 3));
            if (theirs == null || theirs.isEmpty()) {
                throw elsewhere("a database in memory");
            }
            // by name: a hard link is the same file with another log beside it, so that the two destroy one another's
            // work
            if (!Path.of(theirs).toRealPath().equals(file.toRealPath())) {
                throw elsewhere(theirs);
            }
        } catch (IOException e) {
            throw elsewhere("a file that cannot be compared with it (" + e + ")");
        } finally {
            sql.forget();
        }
    }

    private IllegalArgumentException elsewhere(String where) {
        return new IllegalArgumentException(
                "the connection leads to " + where + ", and the jobs are in the SQLite file " + file
                        + ": one transaction cannot span both, and nothing was stored. Keep jobs and data in one file, or enqueue outside the"
                        + " transaction");
    }

    private <T> T within(Connection connection, Tx.Change<T> change) {
        writer.refuseClosed();
        Statements sql = new Statements(connection);
        try {
            requireTransaction(connection);
            sql.run("SAVEPOINT millrace");
            T made;
            try {
                sql.run("UPDATE millrace_lane SET kind = kind WHERE false");
                Tx tx = new Tx(sql, retention, Tx.Owner.APPLICATION);
                tx.begin(Spans.micros(clock.instant()));
                made = change.make(tx);
                tx.outbox.work();
                tx.flush();
            } catch (SQLException | RuntimeException | Error e) {
                sql.forget();
                undo(sql, e);
                throw e;
            }
            sql.run("RELEASE millrace");
            return made;
        } catch (SQLException e) {
            throw errors.joined(e);
        } finally {
            sql.forget();
        }
    }

    private static void undo(Statements sql, Throwable cause) {
        try {
            sql.run("ROLLBACK TO millrace");
            sql.run("RELEASE millrace");
        } catch (SQLException e) {
            // after some errors SQLite has rolled the whole transaction back by itself
            cause.addSuppressed(e);
        }
    }

    /** One connection's transaction. */
    private final class JoinedFile implements Joined {
        private final Connection connection;

        JoinedFile(Connection connection) {
            this.connection = connection;
        }

        @Override
        public List<Answer> enqueue(List<NewJob> jobs) {
            return jobs.isEmpty() ? List.of() : within(connection, tx -> Enqueues.enqueue(tx, jobs));
        }

        @Override
        public Ending succeed(Settlement settlement) {
            return within(connection, tx -> Settles.succeed(tx, settlement));
        }
    }
}
