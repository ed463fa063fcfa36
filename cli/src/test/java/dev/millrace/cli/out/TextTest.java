package dev.millrace.cli.out;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Durations, times and tables as people write and read them. */
class TextTest {
    @ParameterizedTest
    @CsvSource({"30s,PT30S", "5m,PT5M", "2h,PT2H", "1d,PT24H", "250ms,PT0.25S", "1h30m,PT1H30M", "PT5M,PT5M", "0s,PT0S"
    })
    void lengths_of_time_are_read(String text, Duration expected) {
        assertThat(Durations.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "m", "5 m", "-5m", "1y", "5mm", "P"})
    void other_text_is_refused_with_examples(String text) {
        assertThatThrownBy(() -> Durations.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("30s");
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S,0 s",
        "PT0.0000005S,0.5 µs",
        "PT0.00034S,340 µs",
        "PT0.0125S,12.5 ms",
        "PT1.25S,1.25 s",
        "PT59.9S,59.9 s",
        "PT90S,1 min 30 s",
        "PT2H10M,2 h 10 min",
        "PT72H,3 d",
        "PT-5S,-5 s"
    })
    void lengths_of_time_are_written(Duration duration, String expected) {
        assertThat(Durations.human(duration)).isEqualTo(expected);
    }

    @Test
    void times_have_an_offset_or_are_local() {
        assertThat(Moments.parse("2030-01-31T18:00:00+01:00")).isEqualTo(Instant.parse("2030-01-31T17:00:00Z"));
        assertThat(Moments.parse("2030-01-31T18:00:00Z")).isEqualTo(Instant.parse("2030-01-31T18:00:00Z"));
        assertThat(Moments.parse("2030-01-31 18:00")).isEqualTo(Moments.parse("2030-01-31T18:00:00"));
        assertThat(Moments.parse("2030-01-31")).isEqualTo(Moments.parse("2030-01-31T00:00"));
        assertThatThrownBy(() -> Moments.parse("tomorrow")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_table_fits_its_terminal_and_obeys_no_stored_text() {
        StringWriter text = new StringWriter();
        Terminal terminal = new Terminal(InputStream.nullInputStream(), false, false, 40, Map.of());

        new Table("NAME", ">N", "TEXT")
                .row("a-name-that-is-rather-long-for-its-column", "7", "first\nsecond \u001b[31m and much more text")
                .print(new PrintWriter(text, true), terminal);

        assertThat(text.toString().lines()).hasSize(2).allMatch(line -> line.length() <= 40);
        assertThat(text.toString()).doesNotContain("\u001b").contains("…");
    }

    private static List<String> lines(Table table, int columns) {
        return table.lines(columns, false);
    }

    @Test
    void wide_characters_and_emoji_count_as_the_columns_that_they_take() {
        Table table = new Table("NAME", "N")
                .row("日本語", "1")
                .row("🦊🦊", "2")
                .row("e\u0301a", "3")
                .row("abcdef", "4");

        assertThat(lines(table, 80))
                .containsExactly("NAME    N", "日本語  1", "🦊🦊    2", "e\u0301a      3", "abcdef  4");
        assertThat(lines(new Table("").row("日本語日本語日本語"), 8)).containsExactly("日本語…");
        assertThat(lines(new Table("").row("🦊🦊🦊🦊🦊"), 8)).containsExactly("🦊🦊🦊…");
    }

    @Test
    void where_room_is_scarce_empty_columns_go_first_and_numbers_stay_whole() {
        Table table = new Table("QUEUE", ">READY", "?>FAILED", "?>BLOCKED", "?KINDS")
                .row("a-queue-with-a-long-name", "1,234,567", "-", "12", "one, two, three");

        assertThat(lines(table, 80).get(0)).contains("FAILED", "BLOCKED", "KINDS");
        assertThat(lines(table, 60).get(0)).doesNotContain("FAILED").contains("BLOCKED", "KINDS");
        assertThat(lines(table, 40).get(0)).doesNotContain("KINDS").contains("BLOCKED");
        assertThat(lines(table, 30).get(1)).contains("1,234,567").contains("…");
        for (int columns = 10; columns < 90; columns++) {
            int most = columns;
            assertThat(lines(table, columns)).as("%s columns", columns).allMatch(line -> line.length() <= most);
        }
    }
}
