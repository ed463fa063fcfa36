package dev.millrace.sqlite;

import dev.millrace.spi.Micros;
import dev.millrace.spi.Retention;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.sqlite.ProgressHandler;

/**
 * Makes changes as the writer does, and counts what they cost: statements, and instructions of SQLite's virtual machine. Neither
 * depends on the machine or its load.
 */
final class MeteredFile implements AutoCloseable {
    private static final int STEP = 10;

    private final Connection connection;
    private final Tx tx;
    private Instant now = Instant.parse("2030-01-01T00:00:00Z");
    private long statements;
    private long steps;

    /** What a change cost. */
    record Cost(long statements, long instructions) {}

    private MeteredFile(Connection connection) throws SQLException {
        this.connection = connection;
        this.tx = new Tx(new Statements(counting(connection)), Retention.DEFAULT, Tx.Owner.STORE);
        ProgressHandler.setHandler(connection, STEP, new ProgressHandler() {
            @Override
            protected int progress() {
                steps++;
                return 0;
            }
        });
    }

    static MeteredFile make(Path file) throws SQLException {
        Stores.open(file, "").close();
        return new MeteredFile(Stores.connect(file));
    }

    /** Lets an hour pass. */
    void advanceAnHour() {
        now = now.plusSeconds(3_600);
    }

    /** Makes a change in a transaction of its own. */
    <T extends @Nullable Object> T make(Tx.Change<T> change) throws SQLException {
        tx.sql.prepare("BEGIN IMMEDIATE").execute();
        tx.begin(Micros.of(now));
        T made = change.make(tx);
        tx.outbox.work();
        tx.flush();
        tx.sql.prepare("COMMIT").execute();
        tx.committed();
        return made;
    }

    /** Makes a change, and says what it cost. */
    Cost costOf(Tx.Change<?> change) throws SQLException {
        long statementsBefore = statements;
        long stepsBefore = steps;
        make(change);
        return new Cost(statements - statementsBefore, (steps - stepsBefore) * STEP);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private Connection counting(Connection real) {
        return proxy(Connection.class, (method, arguments) -> {
            Object made = call(real, method, arguments);
            return made instanceof PreparedStatement statement ? counting(statement) : made;
        });
    }

    private PreparedStatement counting(PreparedStatement real) {
        return proxy(PreparedStatement.class, (method, arguments) -> {
            statements += method.getName().startsWith("execute") ? 1 : 0;
            return call(real, method, arguments);
        });
    }

    private interface Call {
        @Nullable
        Object answer(Method method, Object @Nullable [] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Call call) {
        Object proxy = Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> call.answer(method, arguments));
        return type.cast(proxy);
    }

    private static @Nullable Object call(Object real, Method method, Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }
}
