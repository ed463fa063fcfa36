package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** migrate and optimize. */
class StoreKeepingTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("jobs.db");
    }

    private CommandRun run(String... arguments) {
        return CommandRun.of(Stream.concat(Stream.of(arguments), Stream.of("--store", "sqlite:" + file))
                .toArray(String[]::new));
    }

    @Test
    void what_would_be_done_is_printed_and_not_done() throws Exception {
        CommandRun print = run("migrate", "--print");

        assertThat(print.code()).isZero();
        assertThat(print.out()).startsWith("BEGIN IMMEDIATE;").contains("CREATE TABLE millrace_job");
        assertThat(folder).isEmptyDirectory();

        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            for (String sql : Pattern.compile(";\\R").splitAsStream(print.out()).toList()) {
                statement.execute(sql);
            }
        }
        assertThat(run("migrate").line()).endsWith("has layout 2, which is current: nothing to do");
        assertThat(run("list").err()).contains("no jobs");
    }

    @Test
    void a_layout_is_made_and_its_versions_are_told() {
        JsonNode plan = run("migrate", "--print", "--json").json();
        assertThat(plan.path("before").asInt(-1)).isZero();
        assertThat(plan.path("current").asInt()).isEqualTo(2);
        assertThat(plan.path("script").asString()).contains("CREATE TABLE");

        assertThat(run("migrate").line()).endsWith("has layout 2 now; there was none");

        JsonNode again = run("migrate", "--json").json();
        assertThat(again.path("before").asInt()).isEqualTo(2);
        assertThat(again.path("after").asInt()).isEqualTo(2);
        CommandRun print = run("migrate", "--print");
        assertThat(print.out()).isEmpty();
        assertThat(print.err()).contains("nothing to do");
    }

    @Test
    void a_layout_that_is_too_new_is_an_error() throws Exception {
        run("migrate");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE millrace_meta SET value = 99 WHERE name = 'schema'");
        }

        for (String option : new String[] {"--print", "--json"}) {
            CommandRun run = run("migrate", option);
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err()).contains("layout 99");
            assertThat(run.err().lines()).hasSize(1);
        }
    }

    @Test
    void an_engine_without_a_layout_has_nothing_to_do() {
        CommandRun run = CommandRun.of("migrate", "--store", "memory:");

        assertThat(run.code()).isZero();
        assertThat(run.line()).endsWith("nothing to do");
    }

    @Test
    void space_is_given_back() {
        assertThat(run("optimize").code()).isEqualTo(1);
        run("enqueue", "k", "1");

        assertThat(run("optimize").out()).startsWith("optimized sqlite:");
        assertThat(run("optimize", "--json").json().path("millis").isNumber()).isTrue();
    }
}
