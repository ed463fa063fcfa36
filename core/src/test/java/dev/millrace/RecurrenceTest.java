package dev.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecurrenceTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    /** Half an hour of summer time: from +10:30 to +11:00. */
    private static final ZoneId LORD_HOWE = ZoneId.of("Australia/Lord_Howe");

    private static Instant at(String text) {
        return Instant.parse(text);
    }

    private static List<String> ticks(Recurrence recurrence, String after, int count) {
        List<String> ticks = new ArrayList<>();
        Instant tick = at(after);
        for (int i = 0; i < count; i++) {
            tick = recurrence.next(tick);
            ticks.add(tick.toString());
        }
        return ticks;
    }

    @Test
    void a_cron_expression_goes_by_the_clock_of_its_place_in_summer_and_in_winter() {
        Recurrence nightly = Recurrence.cron("0 3 * * *", BERLIN);

        assertThat(ticks(nightly, "2030-01-01T00:00:00Z", 1)).containsExactly("2030-01-01T02:00:00Z");
        assertThat(ticks(nightly, "2030-07-01T00:00:00Z", 2))
                .containsExactly("2030-07-01T01:00:00Z", "2030-07-02T01:00:00Z");
    }

    @Test
    void without_a_zone_it_goes_by_UTC() {
        assertThat(ticks(Recurrence.cron("30 3 * * *"), "2030-07-01T03:30:00Z", 1))
                .containsExactly("2030-07-02T03:30:00Z");
    }

    @Test
    void six_fields_begin_with_the_second() {
        assertThat(ticks(Recurrence.cron("*/20 0 3 * * *"), "2030-01-01T03:00:00Z", 3))
                .containsExactly("2030-01-01T03:00:20Z", "2030-01-01T03:00:40Z", "2030-01-02T03:00:00Z");
    }

    @ParameterizedTest
    @CsvSource({
        "@hourly, 2030-01-01T10:00:00Z",
        "@daily, 2030-01-02T00:00:00Z",
        "@weekly, 2030-01-06T00:00:00Z",
        "@monthly, 2030-02-01T00:00:00Z",
        "@midnight, 2030-01-02T00:00:00Z",
        "@yearly, 2031-01-01T00:00:00Z",
        "@annually, 2031-01-01T00:00:00Z",
        "0 0 L * *, 2030-01-31T00:00:00Z",
        "0 0 * * 5L, 2030-01-25T00:00:00Z",
        "0 0 * * MON#2, 2030-01-14T00:00:00Z",
        "0 0 29 FEB *, 2032-02-29T00:00:00Z",
        "0 0 13 * FRI, 2030-01-04T00:00:00Z",
        "15-20/2 9 * * *, 2030-01-01T09:17:00Z",
        "0 0 * * 7, 2030-01-06T00:00:00Z"
    })
    void the_next_tick_is_the_first_that_fits(String expression, String next) {
        assertThat(ticks(Recurrence.cron(expression), "2030-01-01T09:15:30Z", 1))
                .containsExactly(next);
    }

    @ParameterizedTest
    @ValueSource(strings = {"* * * * * *", "*/5 * * * *", "30 2 * * *"})
    void ticks_are_whole_seconds_wherever_they_are_looked_for_from(String expression) {
        for (ZoneId zone : List.of(BERLIN, LORD_HOWE)) {
            Recurrence recurrence = Recurrence.cron(expression, zone);
            for (Instant after : List.of(at("2030-03-30T15:00:00.5Z"), at("2030-03-31T00:59:59.999999999Z"))) {
                Instant next = recurrence.next(after);

                assertThat(next).isEqualTo(next.truncatedTo(ChronoUnit.SECONDS));
                assertThat(recurrence.next(next.minusNanos(1))).isEqualTo(next);
                assertThat(recurrence.next(next.minusMillis(1))).isEqualTo(next);
            }
        }
    }

    @Test
    void a_leap_day_is_found_across_a_century_without_one() {
        assertThat(ticks(Recurrence.cron("0 0 29 2 *"), "2097-01-01T00:00:00Z", 1))
                .containsExactly("2104-02-29T00:00:00Z");
    }

    @Test
    void a_tick_in_the_hour_that_spring_skips_comes_once_at_the_moment_after_it() {
        // On 31 March 2030 the clocks of Berlin go from 02:00 to 03:00, at 01:00 UTC.
        assertThat(ticks(Recurrence.cron("30 2 * * *", BERLIN), "2030-03-30T12:00:00Z", 2))
                .containsExactly("2030-03-31T01:00:00Z", "2030-04-01T00:30:00Z");
        assertThat(ticks(Recurrence.cron("0,15,30 2,3 * * *", BERLIN), "2030-03-30T12:00:00Z", 4))
                .containsExactly(
                        "2030-03-31T01:00:00Z", "2030-03-31T01:15:00Z", "2030-03-31T01:30:00Z", "2030-04-01T00:00:00Z");
    }

    @Test
    void a_tick_in_the_hour_that_autumn_doubles_comes_once() {
        // On 27 October 2030 the clocks of Berlin go from 03:00 to 02:00, at 01:00 UTC.
        assertThat(ticks(Recurrence.cron("30 2 * * *", BERLIN), "2030-10-26T12:00:00Z", 2))
                .containsExactly("2030-10-27T00:30:00Z", "2030-10-28T01:30:00Z");
        assertThat(ticks(Recurrence.cron("0,30 2,3 * * *", BERLIN), "2030-10-26T12:00:00Z", 4))
                .containsExactly(
                        "2030-10-27T00:00:00Z", "2030-10-27T00:30:00Z", "2030-10-27T02:00:00Z", "2030-10-27T02:30:00Z");
        assertThat(ticks(Recurrence.cron("30 2 * * *", BERLIN), "2030-10-27T01:10:00Z", 1))
                .as("from within the second of the two hours")
                .containsExactly("2030-10-28T01:30:00Z");
    }

    @Test
    void an_expression_of_every_hour_neither_stops_in_the_doubled_hour_nor_makes_up_for_the_skipped_one() {
        Recurrence quarterPast = Recurrence.cron("15 * * * *", BERLIN);

        assertThat(ticks(quarterPast, "2030-10-26T23:30:00Z", 3))
                .containsExactly("2030-10-27T00:15:00Z", "2030-10-27T01:15:00Z", "2030-10-27T02:15:00Z");
        assertThat(ticks(quarterPast, "2030-03-30T23:30:00Z", 3))
                .containsExactly("2030-03-31T00:15:00Z", "2030-03-31T01:15:00Z", "2030-03-31T02:15:00Z");
        assertThat(ticks(Recurrence.cron("0 * * * *", BERLIN), "2030-03-30T23:30:00Z", 3))
                .containsExactly("2030-03-31T00:00:00Z", "2030-03-31T01:00:00Z", "2030-03-31T02:00:00Z");
    }

    @Test
    void half_an_hour_of_summer_time_is_dealt_with_as_an_hour_is() {
        // On 6 October 2030 Lord Howe goes from 02:00 (+10:30) to 02:30 (+11:00), at 15:30 UTC of the day before;
        // on 7 April 2030 from 02:00 (+11:00) to 01:30 (+10:30), at 15:00 UTC of the day before.
        assertThat(ticks(Recurrence.cron("15 2 * * *", LORD_HOWE), "2030-10-05T00:00:00Z", 2))
                .containsExactly("2030-10-05T15:30:00Z", "2030-10-06T15:15:00Z");
        assertThat(ticks(Recurrence.cron("45 1 * * *", LORD_HOWE), "2030-04-06T00:00:00Z", 2))
                .containsExactly("2030-04-06T14:45:00Z", "2030-04-07T15:15:00Z");
        assertThat(ticks(Recurrence.cron("45 * * * *", LORD_HOWE), "2030-04-06T14:00:00Z", 3))
                .containsExactly("2030-04-06T14:45:00Z", "2030-04-06T15:15:00Z", "2030-04-06T16:15:00Z");
    }

    @Test
    void a_day_that_a_place_has_skipped_comes_at_the_moment_after_it() {
        // Samoa went from the end of 29 December 2011 to the beginning of 31 December.
        assertThat(ticks(Recurrence.cron("0 12 * * *", ZoneId.of("Pacific/Apia")), "2011-12-29T00:00:00Z", 3))
                .containsExactly("2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z");
    }

    @Test
    void each_day_of_each_zone_has_its_one_tick() {
        Map<ZoneRules, ZoneId> zones = new HashMap<>();
        ZoneId.getAvailableZoneIds().stream().map(ZoneId::of).forEach(zone -> zones.put(zone.getRules(), zone));
        for (ZoneId zone : zones.values()) {
            Recurrence daily = Recurrence.cron("15 2 * * *", zone);
            Instant tick = at("2026-01-01T00:00:00Z");
            for (int day = 0; day < 400; day++) {
                Instant next = daily.next(tick);
                assertThat(next).as("%s after %s", zone, tick).isAfter(tick);
                assertThat(Duration.between(tick, next))
                        .as("%s after %s", zone, tick)
                        .isLessThanOrEqualTo(Duration.ofHours(26));
                if (day > 0) {
                    assertThat(Duration.between(tick, next))
                            .as("%s after %s", zone, tick)
                            .isGreaterThanOrEqualTo(Duration.ofHours(22));
                }
                tick = next;
            }
        }
    }

    @Test
    void equal_lengths_are_equal_across_summer_time_and_keep_their_place() {
        Recurrence every = Recurrence.every(Duration.ofHours(6));

        assertThat(ticks(every, "2030-03-30T22:30:00Z", 3))
                .containsExactly("2030-03-31T04:30:00Z", "2030-03-31T10:30:00Z", "2030-03-31T16:30:00Z");
        assertThat(every.next(at("2030-01-01T00:30:00Z"), at("2030-01-02T00:30:00Z")))
                .isEqualTo(at("2030-01-02T06:30:00Z"));
        assertThat(every.next(at("2030-01-01T00:30:00Z"), at("2030-01-01T23:59:59.999999Z")))
                .isEqualTo(at("2030-01-02T00:30:00Z"));
        assertThat(every.next(at("2030-01-01T12:30:00Z"), at("2030-01-01T01:00:00Z")))
                .isEqualTo(at("2030-01-01T06:30:00Z"));
    }

    @ParameterizedTest
    @CsvSource({
        "61 * * * *, minute, 0-59",
        "* 24 * * *, hour, 0-23",
        "* * 0 * *, day of month, 1-31",
        "* * * 13 *, month, JAN-DEC",
        "* * * * 8, day of week, SUN-SAT",
        "* * * * FRO, day of week, SUN-SAT",
        "60 * * * * *, second, 0-59",
        "*/0 * * * *, minute, 0-59",
        "30-10 * * * *, minute, 0-59",
        "* * ? * *, day of month, 1-31",
        "x * * * *, minute, 0-59"
    })
    void a_wrong_expression_is_refused_with_the_name_of_its_field_and_what_would_do(
            String expression, String field, String range) {
        assertThatThrownBy(() -> Recurrence.cron(expression, BERLIN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + expression + "\"")
                .hasMessageContaining("as its " + field + " (")
                .hasMessageContaining(range);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "* * * *", "* * * * * * *", "@reboot", "daily"})
    void what_is_no_expression_is_refused_with_what_is_one(String text) {
        assertThatThrownBy(() -> Recurrence.cron(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("@daily")
                .hasMessageContaining("@midnight");
    }

    @Test
    void what_is_too_short_or_too_little_is_told_in_words_that_people_use() {
        assertThatThrownBy(() -> Recurrence.every(Duration.ofMillis(500))).hasMessageContaining("every 500 ms is");
        assertThatThrownBy(() -> Recurrence.cron("daily")).hasMessageContaining("has 1 field: write");
        assertThatThrownBy(() -> Recurrence.cron("* *")).hasMessageContaining("has 2 fields: write");
        assertThatThrownBy(() -> Recurrence.cron(" ")).hasMessageContaining("has no fields: write");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 * * MON#6"})
    void what_never_comes_is_refused(String text) {
        assertThatThrownBy(() -> Recurrence.cron(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text);
    }

    @Test
    void lengths_below_a_second_or_finer_than_a_millisecond_are_refused() {
        assertThatThrownBy(() -> Recurrence.every(Duration.ofMillis(999))).hasMessageContaining("1 s or more");
        assertThatThrownBy(() -> Recurrence.every(Duration.ofSeconds(-5))).hasMessageContaining("1 s or more");
        assertThatThrownBy(() -> Recurrence.every(Duration.ofNanos(1_000_000_001)))
                .hasMessageContaining("whole milliseconds");
        assertThatThrownBy(() -> Recurrence.every(Duration.ofDays(400_000))).hasMessageContaining("1000 years");
    }

    @Test
    void what_is_stored_is_read_again() {
        for (Recurrence each : List.of(
                Recurrence.cron(" 0  3 * *   MON-FRI ", BERLIN).missed(Recurrence.Missed.ALL),
                Recurrence.cron("@daily").overlap(Recurrence.Overlap.SKIP),
                Recurrence.every(Duration.ofMillis(1_500)).missed(Recurrence.Missed.ONE))) {
            Recurrence read = Recurrence.fromJson(each.toJson());

            assertThat(read).isEqualTo(each).hasSameHashCodeAs(each).hasToString(each.toString());
            assertThat(read.next(at("2030-01-01T00:00:00Z"))).isEqualTo(each.next(at("2030-01-01T00:00:00Z")));
        }
        assertThatThrownBy(() -> Recurrence.fromJson("{\"cron\":\"0 3 * * *\",\"zone\":\"Mars/Olympus\"}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Mars/Olympus");
        assertThatThrownBy(() -> Recurrence.fromJson("5")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void its_text_says_when_it_comes() {
        assertThat(Recurrence.cron("0  3 * * *", BERLIN)).hasToString("cron 0 3 * * * in Europe/Berlin");
        assertThat(Recurrence.every(Duration.ofSeconds(90)).missed(Recurrence.Missed.ONE))
                .hasToString("every 1m30s, missed ticks: ONE");
    }
}
