package dev.millrace.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Recurrence;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a newer version adds to a schedule's note outlives the writes of this one. */
class ScheduleJsonTest {
    private static final JobType<String, String> ECHO = JobType.of("echo", String.class, String.class);

    @Test
    void fields_that_are_not_known_are_kept_at_every_depth() {
        try (Millrace millrace = Millrace.open("memory:")) {
            millrace.schedule("nightly", Recurrence.cron("0 3 * * *"), ECHO.with("x"));
            var note = millrace.store().note(ScheduleNotes.SPACE, "nightly").orElseThrow();
            ObjectNode newer = (ObjectNode) JsonMapper.shared().readTree(note.value());
            newer.put("owner", "web").putObject("window").put("from", "22:00");
            ((ObjectNode) newer.get("recurrence")).put("holidays", "DE");
            ((ObjectNode) newer.get("job")).put("colour", "red");
            byte[] text = newer.toString().getBytes(StandardCharsets.UTF_8);
            millrace.store().putNote(ScheduleNotes.SPACE, "nightly", text, note.revision(), null);

            ScheduleNotes notes = new ScheduleNotes(millrace.store());
            notes.pause("nightly");
            millrace.schedule("nightly", Recurrence.cron("0 4 * * *"), ECHO.with("y"));
            notes.resume("nightly");

            JsonNode after = JsonMapper.shared()
                    .readTree(millrace.store()
                            .note(ScheduleNotes.SPACE, "nightly")
                            .orElseThrow()
                            .value());
            assertThat(after.path("owner").asString("")).isEqualTo("web");
            assertThat(after.at("/window/from").asString("")).isEqualTo("22:00");
            assertThat(after.at("/recurrence/holidays").asString("")).isEqualTo("DE");
            assertThat(after.at("/job/colour").asString("")).isEqualTo("red");
            assertThat(after.path("paused").asBoolean(false)).isFalse();
            assertThat(after.at("/recurrence/cron").asString("")).isEqualTo("0 4 * * *");
        }
    }
}
