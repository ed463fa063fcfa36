package dev.millrace.postgres;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Statements that travel together in one round trip. Outside a transaction the server takes them for one of their own, which
 * ends with the last of them: all take effect or none, and each sees what those before it did. That holds as long as the driver
 * need not ask the server for the type of a parameter, so none of them is a null.
 */
final class Pipeline {
    private final StringBuilder text = new StringBuilder();
    private final List<@Nullable Object[]> values = new ArrayList<>();
    private final List<Sql.Row<?>> readers = new ArrayList<>();

    /** Adds a statement that answers with rows. */
    Pipeline add(String sql, Sql.Row<?> row, @Nullable Object... bound) {
        text.append(text.length() == 0 ? "" : ";\n").append(sql);
        values.add(bound);
        readers.add(row);
        return this;
    }

    void run(Sql sql) throws SQLException {
        try (PreparedStatement statement = sql.prepare(text.toString())) {
            int index = 1;
            for (@Nullable Object[] bound : values) {
                index = sql.bind(statement, index, bound);
            }
            boolean rows = sql.execute(statement);
            for (Sql.Row<?> reader : readers) {
                if (!rows) {
                    throw new SQLException("a statement of a pipeline has answered without rows");
                }
                try (ResultSet result = statement.getResultSet()) {
                    while (result.next()) {
                        reader.read(result);
                    }
                }
                rows = statement.getMoreResults();
            }
        }
    }
}
