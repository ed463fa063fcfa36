package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** top where there is no terminal; the live view is tested with its screen. */
class TopTest {
    @TempDir
    Path folder;

    private String store;

    @BeforeEach
    void fill() {
        store = "sqlite:" + folder.resolve("jobs.db");
        run("enqueue", "letter", "1", "--queue", "mail");
    }

    private CommandRun run(String... arguments) {
        return CommandRun.of(
                Stream.concat(Stream.of(arguments), Stream.of("--store", store)).toArray(String[]::new));
    }

    @Test
    void one_frame_is_printed() {
        CommandRun run = run("top", "--once");

        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("millrace  sqlite:", "ready 1", "QUEUE", "mail", "no workers", "degraded");
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void without_a_terminal_it_says_what_to_do() {
        CommandRun run = run("top");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("--once");
        assertThat(run.err().lines()).hasSize(1);
    }

    @Test
    void it_does_not_look_too_often() {
        assertThat(run("top", "--once", "--every", "10ms").code()).isEqualTo(2);
        assertThat(run("top", "--once", "--every", "x").code()).isEqualTo(2);
    }
}
