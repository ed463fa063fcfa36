package dev.millrace.postgres;

import java.lang.reflect.Array;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rows that go into a table together: one statement, in which each column is an array. */
final class Rows {
    private final String insert;
    private final List<Column> columns;
    private final List<@Nullable Object[]> rows = new ArrayList<>();

    /** A column's name and the server's type of it. */
    record Column(String name, String type) {
        /** What an array of it is made of here; the server narrows numbers by itself. */
        private Class<?> element() {
            return switch (type) {
                case "uuid" -> UUID.class;
                case "bigint" -> Long.class;
                case "integer", "smallint" -> Integer.class;
                case "bytea" -> byte[].class;
                case "text" -> String.class;
                case "boolean" -> Boolean.class;
                default -> throw new IllegalArgumentException("no array is known for " + type);
            };
        }
    }

    /** Columns from names and types in turn. */
    static List<Column> columns(String... namesAndTypes) {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < namesAndTypes.length; i += 2) {
            columns.add(new Column(namesAndTypes[i], namesAndTypes[i + 1]));
        }
        return columns;
    }

    Rows(String table, List<Column> columns) {
        this.columns = columns;
        String names = columns.stream().map(Column::name).collect(Collectors.joining(", "));
        String arrays =
                columns.stream().map(column -> "?::" + column.type + "[]").collect(Collectors.joining(", "));
        this.insert =
                "INSERT INTO " + table + " (" + names + ") SELECT * FROM unnest(" + arrays + ") AS u (" + names + ")";
    }

    void add(List<@Nullable Object> values) {
        rows.add(values.toArray());
    }

    void insert(Sql sql) throws SQLException {
        if (!rows.isEmpty()) {
            sql.update(insert, arrays());
            rows.clear();
        }
    }

    /** Passes over rows whose id the table has, and tells the others' ids. */
    List<UUID> insertNew(Sql sql) throws SQLException {
        if (rows.isEmpty()) {
            return new ArrayList<>();
        }
        List<UUID> stored =
                sql.rows(insert + " ON CONFLICT (id) DO NOTHING RETURNING id", row -> Sql.uuid(row, 1), arrays());
        rows.clear();
        return stored;
    }

    private @Nullable Object[] arrays() {
        @Nullable Object[] arrays = new Object[columns.size()];
        for (int column = 0; column < arrays.length; column++) {
            Object[] array = (Object[]) Array.newInstance(columns.get(column).element(), rows.size());
            for (int row = 0; row < array.length; row++) {
                array[row] = rows.get(row)[column];
            }
            arrays[column] = array;
        }
        return arrays;
    }
}
