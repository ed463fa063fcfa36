package dev.millrace.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TickIdsTest {
    private static final UUID LIFE = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057");
    private static final Instant TICK = Instant.parse("2030-01-01T03:00:00.123Z");

    @Test
    void an_id_is_the_same_wherever_it_is_made() {
        assertThat(TickIds.of("nightly", LIFE, TICK)).isEqualTo(TickIds.of("nightly", LIFE, TICK));
        assertThat(TickIds.of("nightly", LIFE, TICK))
                .as("as every version makes it")
                .hasToString("01b8db6a-7ffb-708d-a95b-6b5bc4e98eff");
    }

    @Test
    void it_is_a_UUIDv7_of_the_tick_s_milliseconds() {
        UUID id = TickIds.of("nightly", LIFE, TICK);

        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(TICK.toEpochMilli());
    }

    @Test
    void another_schedule_life_or_tick_has_another_id() {
        UUID id = TickIds.of("nightly", LIFE, TICK);

        assertThat(TickIds.of("nightly2", LIFE, TICK)).isNotEqualTo(id);
        assertThat(TickIds.of("nightly", UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8058"), TICK))
                .isNotEqualTo(id);
        assertThat(TickIds.of("nightly", LIFE, TICK.plusMillis(1))).isNotEqualTo(id);
    }
}
