package dev.millrace.testkit.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That a journal is read while others write to it. */
class JournalTest {
    private final UUID job = UUID.randomUUID();

    @TempDir
    Path folder;

    @Test
    void of_a_line_that_is_being_written_nothing_is_told() throws IOException {
        try (Journal journal = new Journal(folder.resolve("journal"))) {
            journal.write("A", job);
            append(journal, "E " + job + " 1");
            assertThat(journal.whoEnded(job, 0)).isEmpty();
            assertThat(journal.has("E", job, "w")).isFalse();

            append(journal, " w\n");
            assertThat(journal.whoEnded(job, 0)).contains("w");
            assertThat(journal.has("E", job, "w")).isTrue();
        }
    }

    private static void append(Journal journal, String text) throws IOException {
        Files.writeString(journal.file(), text, StandardOpenOption.APPEND);
    }
}
