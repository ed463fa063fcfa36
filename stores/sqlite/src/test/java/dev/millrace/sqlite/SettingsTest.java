package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.StoreAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static Settings settings(String address) {
        return Settings.of(StoreAddress.parse(address));
    }

    @Test
    void what_is_accepted_survives_power_loss_unless_the_address_says_otherwise() {
        Settings settings = settings("sqlite:jobs.db");

        assertThat(settings.synchronous()).isEqualTo(Settings.Synchronous.FULL);
        assertThat(settings.mode()).isEqualTo(Settings.Mode.RW);
        assertThat(settings.busyTimeout()).isEqualTo(30_000);
    }

    @Test
    void a_path_is_relative_to_the_working_directory_or_absolute() {
        Path working = Path.of("").toAbsolutePath();

        assertThat(settings("sqlite:data/jobs.db").path()).isEqualTo(working.resolve("data/jobs.db"));
        assertThat(settings("sqlite:/data/jobs.db").path()).isEqualTo(Path.of("/data/jobs.db"));
        assertThat(settings("sqlite:///data/jobs.db").path()).isEqualTo(Path.of("/data/jobs.db"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite:", "sqlite:  ", "sqlite::memory:"})
    void an_address_without_a_file_is_refused(String address) {
        assertThatThrownBy(() -> settings(address))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("names no file");
    }

    @ParameterizedTest
    @CsvSource({
        "synchronous=fast, 'OFF, NORMAL, FULL, EXTRA'",
        "mode=rx, 'rw, ro'",
        "busy_timeout=30s, from 0 to",
        "busy_timeout=-1, from 0 to",
        "busy_timeout=99999999999, from 0 to",
        "max_page_count=0, from 1 to",
        "cache_size=, whole number",
        "mmap_size=-1, from 0 to",
        "journal_size_limit=1.5, whole number"
    })
    void a_value_that_makes_no_sense_is_refused_with_what_would(String parameter, String hint) {
        assertThatThrownBy(() -> settings("sqlite:jobs.db?" + parameter))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(parameter)
                .hasMessageContaining(hint);
    }

    @Test
    void words_are_known_in_any_case() {
        assertThat(settings("sqlite:jobs.db?synchronous=normal&mode=RO").synchronous())
                .isEqualTo(Settings.Synchronous.NORMAL);
    }
}
