package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.millrace.spi.Store;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows move by statements that name their columns, so one that a step of the layout adds has to be named in each. */
class ColumnsTest {
    private static final Pattern INSERT = Pattern.compile("INSERT INTO @(job|history) \\(([^)]*)\\)");

    static Stream<Arguments> moves() {
        return Stream.of(
                arguments("a plain success", "history", named(Settles.SUCCEED), Set.of("reason")),
                arguments("any other end", "history", named(Job.END), Set.of()),
                arguments("running again", "job", named(Job.REVIVE), Set.of("exchange", "session")),
                arguments("import", "job", named(Imports.COMMON), Set.of("exchange", "session")),
                arguments("import of what has ended", "history", named(Imports.ENDED), Set.of("worker")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("moves")
    void a_job_takes_all_of_its_row_along(String move, String table, Collection<String> named, Set<String> left)
            throws SQLException {
        List<String> written = new ArrayList<>(named);
        written.addAll(left);

        assertThat(written).containsExactlyInAnyOrderElementsOf(columns(table));
    }

    @Test
    void a_finished_job_has_every_column_of_an_unfinished_one_but_those_of_its_claim() throws SQLException {
        List<String> unfinished = columns("job");
        unfinished.removeAll(Set.of("exchange", "session"));

        assertThat(columns("history")).containsAll(unfinished);
    }

    private static List<String> named(String text) {
        Matcher insert = INSERT.matcher(text);
        assertThat(insert.find()).as(text).isTrue();
        return List.of(insert.group(2).strip().split(",\\s*"));
    }

    private static List<String> named(List<Rows.Column> columns) {
        return columns.stream().map(Rows.Column::name).toList();
    }

    /** As the layout has made them. */
    private static List<String> columns(String table) throws SQLException {
        String schema = Servers.NEW.schema();
        List<String> columns = new ArrayList<>();
        try (Store store = Stores.open(Servers.NEW.server().url() + "?schema=" + schema);
                Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT column_name FROM information_schema.columns"
                        + " WHERE table_schema = '" + schema + "' AND table_name = '" + table + "'")) {
            while (rows.next()) {
                columns.add(rows.getString(1));
            }
            assertThat(store.verify()).isEmpty();
        } finally {
            Servers.NEW.recycle(schema);
        }
        return columns;
    }
}
