package dev.millrace.sqlite;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Read-only connections, a few, made when needed. A look sees one state of the store, in a read transaction that ends with it:
 * one that stays open would keep the write-ahead log from starting again.
 */
final class Readers implements AutoCloseable {
    private static final int MOST = 4;

    private final Database database;
    private final SqliteErrors errors;
    private final Semaphore places = new Semaphore(MOST, true);
    private final Deque<Reader> idle = new ArrayDeque<>();
    private boolean closed;

    Readers(Database database, SqliteErrors errors) {
        this.database = database;
        this.errors = errors;
    }

    /** A look at the store. */
    @FunctionalInterface
    interface Look<T extends @Nullable Object> {
        T look(Statements sql) throws SQLException;
    }

    private record Reader(Connection connection, Statements sql) {}

    <T extends @Nullable Object> T read(Look<T> look) {
        places.acquireUninterruptibly();
        try {
            Reader reader = borrow();
            try {
                reader.sql.prepare("BEGIN").execute();
                T seen = look.look(reader.sql);
                reader.sql.prepare("COMMIT").execute();
                giveBack(reader);
                return seen;
            } catch (SQLException | RuntimeException | Error e) {
                reader.connection.close(); // also after an Error: an open read would keep the log from starting anew
                throw e;
            }
        } catch (SQLException e) {
            throw errors.of(e);
        } finally {
            places.release();
        }
    }

    private Reader borrow() throws SQLException {
        synchronized (idle) {
            if (closed) {
                throw errors.lasting("is closed");
            }
            Reader reader = idle.poll();
            if (reader != null) {
                return reader;
            }
        }
        Connection connection = database.openReader();
        return new Reader(connection, new Statements(connection));
    }

    private void giveBack(Reader reader) throws SQLException {
        synchronized (idle) {
            if (!closed) {
                idle.push(reader);
                return;
            }
        }
        reader.connection.close();
    }

    @Override
    public void close() {
        List<Reader> left;
        synchronized (idle) {
            closed = true;
            left = new ArrayList<>(idle);
            idle.clear();
        }
        for (Reader reader : left) {
            try {
                reader.connection.close();
            } catch (SQLException e) {
                throw errors.of(e);
            }
        }
        // Looks under way end before the store is closed.
        places.acquireUninterruptibly(MOST);
        places.release(MOST);
    }
}
