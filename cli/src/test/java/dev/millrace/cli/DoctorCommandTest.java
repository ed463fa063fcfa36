package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** doctor, on a file. The disk's room is the machine's own: a note about it may come along. */
class DoctorCommandTest {
    @TempDir
    Path folder;

    private String store;

    @BeforeEach
    void make() {
        store = "sqlite:" + folder.resolve("jobs.db");
        CommandRun.of("enqueue", "work", "1", "--in", "1h", "--store", store);
    }

    private CommandRun doctor(String... more) {
        String[] arguments = new String[more.length + 3];
        arguments[0] = "doctor";
        System.arraycopy(more, 0, arguments, 1, more.length);
        arguments[more.length + 1] = "--store";
        arguments[more.length + 2] = store;
        return CommandRun.of(arguments);
    }

    @Test
    void nothing_found_is_said_with_what_was_looked_at_and_exit_code_0() {
        CommandRun run = doctor();

        assertThat(run.code()).as(run.out()).isZero();
        assertThat(run.out()).containsAnyOf("nothing found: looked at", "nothing to mend: looked at");
        assertThat(run.out()).contains("write-ahead log").contains("jobs.db, sqlite 3.");
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void a_warning_is_shown_with_its_remedy_and_exit_code_1() {
        CommandRun.of("enqueue", "work", "1", "--store", store);

        CommandRun run = doctor();

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out().lines().findFirst()).contains("1 warning");
        assertThat(run.out())
                .contains("1 job READY, and no worker.", "→ start one: millrace worker", "[no-worker]")
                .doesNotContain("nothing");
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void json_has_all_of_it() {
        CommandRun.of("enqueue", "work", "1", "--store", store);

        CommandRun run = doctor("--json");

        assertThat(run.code()).isEqualTo(1);
        JsonNode json = run.json();
        assertThat(json.propertyNames()).containsExactly("store", "engine", "version", "looked", "findings");
        assertThat(json.path("findings").get(0).propertyNames())
                .containsExactly("code", "severity", "what", "why", "remedy");
        assertThat(json.path("findings").get(0).path("code").asString()).isEqualTo("no-worker");
        assertThat(json.path("findings").get(0).path("severity").asString()).isEqualTo("warning");
    }

    @Test
    void it_looks_without_the_right_to_write_while_another_writes() throws Exception {
        Path file = folder.resolve("jobs.db");
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");

            CommandRun run = doctor("--json");

            assertThat(run.out()).doesNotContain("unread");
            if (Files.isReadable(Path.of("/proc/locks"))) {
                assertThat(run.code()).isEqualTo(1);
                assertThat(run.out()).contains("sqlite-write-lock");
            }
        }
    }
}
