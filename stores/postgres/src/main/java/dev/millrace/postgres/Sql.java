package dev.millrace.postgres;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Statements on one connection. Tables are written as {@code @job}, which becomes the table's name in the store's schema, quoted;
 * nothing depends on a search path. Each text is prepared by the driver, and by the server once it has been used a few times.
 */
final class Sql {
    /**
     * Begins a statement that needs the store's time, as {@code t.now}: its first parameter is the time that a clock moved by
     * hand says, or {@link #SERVER_TIME} for the server's own, which is the same throughout a transaction.
     */
    static final String AT_TIME = "WITH t AS MATERIALIZED (SELECT coalesce(nullif(?::bigint, " + Long.MIN_VALUE
            + "), (extract(epoch FROM now()) * 1000000)::bigint) AS now)";
    /** Not null: the driver would have to ask the server for the type of a null, and would wait for the answer. */
    static final long SERVER_TIME = Long.MIN_VALUE;

    private final Connection connection;
    private final Names names;
    private final String preface;
    /** Whether the transaction under way has had its preface. Whoever makes several by one of these has it in the first alone. */
    private boolean begun;
    /** Whether the text that was prepared last begins with the preface. */
    private boolean prefaced;

    /** On a connection that has its settings, or is the caller's, who has them. */
    Sql(Connection connection, Names names) {
        this(connection, names, "");
    }

    /**
     * On a connection for one call.
     *
     * @param preface what each transaction begins with: a statement that answers with one row, and its semicolon; may be empty
     */
    Sql(Connection connection, Names names, String preface) {
        this.connection = connection;
        this.names = names;
        this.preface = preface;
    }

    /** Reads one row. */
    @FunctionalInterface
    interface Row<T extends @Nullable Object> {
        T read(ResultSet row) throws SQLException;
    }

    /** The texts of one schema. */
    static final class Names {
        private final String prefix;
        private final ConcurrentHashMap<String, String> texts = new ConcurrentHashMap<>();

        Names(String schema) {
            this.prefix = quoted(schema) + ".";
        }

        String text(String sql) {
            return texts.computeIfAbsent(sql, text -> text.replace("@", prefix));
        }

        /** For texts of which there are many. */
        String once(String sql) {
            return sql.replace("@", prefix);
        }

        static String quoted(String name) {
            return '"' + name.replace("\"", "\"\"") + '"';
        }
    }

    Connection connection() {
        return connection;
    }

    Names names() {
        return names;
    }

    int update(String sql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(sql)) {
            bind(statement, 1, values);
            execute(statement);
            return statement.getUpdateCount();
        }
    }

    /** Runs one text for each of the lists of values; all travel together. */
    void batch(String sql, List<@Nullable Object[]> many) throws SQLException {
        try (PreparedStatement statement = prepare(sql)) {
            for (@Nullable Object[] values : many) {
                bind(statement, 1, values);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    <T extends @Nullable Object> List<T> rows(String sql, Row<T> row, @Nullable Object... values) throws SQLException {
        List<T> read = new ArrayList<>();
        try (PreparedStatement statement = prepare(sql)) {
            bind(statement, 1, values);
            execute(statement);
            try (ResultSet rows = statement.getResultSet()) {
                while (rows.next()) {
                    read.add(row.read(rows));
                }
            }
        }
        return read;
    }

    /** The first row, or null when there is none. */
    <T> @Nullable T first(String sql, Row<@Nullable T> row, @Nullable Object... values) throws SQLException {
        List<@Nullable T> rows = rows(sql, row, values);
        return rows.isEmpty() ? null : rows.get(0);
    }

    boolean exists(String sql, @Nullable Object... values) throws SQLException {
        return !rows(sql, row -> true, values).isEmpty();
    }

    /**
     * Runs a script without parameters. Where a transaction begins with it, so does the preface, which would undo what the script
     * sets if it came later. Outside a transaction it has none: what is run there (VACUUM) must be alone.
     */
    void run(String script) throws SQLException {
        String text = names.once(script);
        try (var statement = connection.createStatement()) {
            statement.execute(!connection.getAutoCommit() && begins() ? preface + text : text);
        }
    }

    /** Prepares a text, with the preface where a transaction begins with it. It is to be executed before the next is prepared. */
    PreparedStatement prepare(String sql) throws SQLException {
        String text = names.text(sql);
        prefaced = begins();
        return connection.prepareStatement(prefaced ? preface + text : text);
    }

    /** Whether what is sent next has to bring the preface along. */
    private boolean begins() throws SQLException {
        if (preface.isEmpty()) {
            return false;
        }
        boolean single = connection.getAutoCommit();
        boolean begins = single || !begun;
        begun = !single;
        return begins;
    }

    /** Executes what was prepared last. Whether its own first result has rows. */
    boolean execute(PreparedStatement statement) throws SQLException {
        boolean rows = statement.execute();
        return prefaced ? statement.getMoreResults() : rows;
    }

    /** Binds values from an index on, and returns the next index. Arrays become arrays of the server. */
    int bind(PreparedStatement statement, int first, @Nullable Object... values) throws SQLException {
        int index = first;
        for (Object value : values) {
            if (value == null) {
                statement.setNull(index, Types.NULL);
            } else if (value instanceof byte[] bytes) {
                statement.setBytes(index, bytes);
            } else if (value instanceof UUID[] ids) {
                statement.setObject(index, new UuidArray(ids));
            } else if (value instanceof Object[] array) {
                statement.setArray(index, array(array));
            } else {
                statement.setObject(index, value);
            }
            index++;
        }
        return index;
    }

    private Array array(Object[] values) throws SQLException {
        String type;
        if (values instanceof Long[]) {
            type = "int8";
        } else if (values instanceof Integer[]) {
            type = "int4";
        } else if (values instanceof byte[][]) {
            type = "bytea";
        } else if (values instanceof Boolean[]) {
            type = "bool";
        } else {
            type = "text";
        }
        return connection.createArrayOf(type, values);
    }

    static @Nullable Long longOrNull(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : (Long) value;
    }

    static UUID uuid(ResultSet row, int column) throws SQLException {
        return row.getObject(column, UUID.class);
    }

    static String textOrEmpty(ResultSet row, int column) throws SQLException {
        String text = row.getString(column);
        return text == null ? "" : text;
    }

    /** Text as the server takes it: it knows every character but U+0000, which is replaced. */
    static String clean(String text) {
        return text.indexOf('\0') < 0 ? text : text.replace('\0', '\uFFFD');
    }
}
