package dev.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Notes;
import dev.millrace.spi.QueueLimits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class QueueLimitsNoteTest {

    @Test
    void limits_that_cannot_be_read_are_not_taken_away_by_a_change() {
        byte[] unreadable = "{\"fair\": -1}".getBytes(StandardCharsets.UTF_8);
        try (Millrace millrace = Millrace.open("memory:")) {
            millrace.store().putNote(QueueLimits.SPACE, "mail", unreadable, Notes.ABSENT, null);

            assertThatThrownBy(() -> millrace.queue("mail").limitRate(1, Duration.ofSeconds(1)))
                    .isInstanceOf(MillraceException.class)
                    .hasMessageContainingAll("\"mail\"", "queue.limits", "newer version", "removeNote");
            assertThat(millrace.store()
                            .note(QueueLimits.SPACE, "mail")
                            .orElseThrow()
                            .value())
                    .isEqualTo(unreadable);
        }
    }
}
