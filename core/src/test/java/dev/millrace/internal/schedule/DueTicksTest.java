package dev.millrace.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Recurrence;
import dev.millrace.Recurrence.Missed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DueTicksTest {
    private static final Recurrence HOURLY = Recurrence.cron("0 * * * *");

    private static Instant at(String text) {
        return Instant.parse(text);
    }

    @ParameterizedTest
    @EnumSource(Missed.class)
    void a_tick_that_is_noticed_within_a_minute_was_not_missed(Missed missed) {
        DueTicks due = DueTicks.of(HOURLY.missed(missed), at("2030-01-01T03:00:00Z"), at("2030-01-01T03:01:00Z"));

        assertThat(due.ticks()).containsExactly(at("2030-01-01T03:00:00Z"));
        assertThat(due.leftOut()).isNull();
        assertThat(due.next()).isEqualTo(at("2030-01-01T04:00:00Z"));
    }

    @Test
    void missed_ticks_are_left_out_and_those_in_time_are_not() {
        DueTicks due = DueTicks.of(HOURLY, at("2030-01-01T03:00:00Z"), at("2030-01-01T05:00:30Z"));

        assertThat(due.ticks()).containsExactly(at("2030-01-01T05:00:00Z"));
        assertThat(due.leftOut()).isEqualTo(at("2030-01-01T04:00:00Z"));
        assertThat(due.next()).isEqualTo(at("2030-01-01T06:00:00Z"));

        DueTicks missed = DueTicks.of(HOURLY, at("2030-01-01T03:00:00Z"), at("2030-01-01T05:30:00Z"));
        assertThat(missed.ticks()).isEmpty();
        assertThat(missed.leftOut()).isEqualTo(at("2030-01-01T05:00:00Z"));
        assertThat(missed.next()).isEqualTo(at("2030-01-01T06:00:00Z"));
    }

    @ParameterizedTest
    @EnumSource(Missed.class)
    void a_place_that_is_no_tick_any_more_counts_as_one(Missed missed) {
        Recurrence nightly = Recurrence.cron("0 3 * * *").missed(missed);
        Instant place = at("2030-01-01T03:30:00Z");

        DueTicks due = DueTicks.of(nightly, place, at("2030-01-01T04:30:00Z"));

        assertThat(due.next()).isEqualTo(at("2030-01-02T03:00:00Z"));
        if (missed == Missed.NONE) {
            assertThat(due.ticks()).isEmpty();
            assertThat(due.leftOut()).isEqualTo(place);
        } else {
            assertThat(due.ticks()).containsExactly(place);
        }
    }

    @Test
    void the_newest_missed_tick_stands_for_all_of_them() {
        DueTicks due = DueTicks.of(HOURLY.missed(Missed.ONE), at("2030-01-01T03:00:00Z"), at("2030-01-01T05:30:00Z"));

        assertThat(due.ticks()).containsExactly(at("2030-01-01T05:00:00Z"));
        assertThat(due.next()).isEqualTo(at("2030-01-01T06:00:00Z"));
    }

    @Test
    void all_missed_ticks_come_oldest_first_a_batch_at_a_time() {
        Recurrence all = HOURLY.missed(Missed.ALL);
        Instant first = at("2030-01-01T00:00:00Z");
        Instant now = first.plus(Duration.ofHours(149)).plusSeconds(5);
        List<Instant> ticks = new ArrayList<>();

        DueTicks due = DueTicks.of(all, first, now);
        assertThat(due.ticks()).hasSize(DueTicks.BATCH);
        ticks.addAll(due.ticks());
        due = DueTicks.of(all, due.next(), now);
        ticks.addAll(due.ticks());

        assertThat(due.next()).isAfter(now);
        assertThat(ticks)
                .hasSize(150)
                .isSorted()
                .doesNotHaveDuplicates()
                .first()
                .isEqualTo(first);
    }

    @Test
    void of_more_than_a_thousand_missed_ticks_the_newest_thousand_come() {
        Instant first = at("2000-01-01T00:00:00Z");
        Instant now = at("2030-01-01T00:30:00Z");

        for (Recurrence each : List.of(HOURLY, Recurrence.every(Duration.ofHours(1)))) {
            DueTicks due = DueTicks.of(each.missed(Missed.ALL), first, now);

            assertThat(due.ticks()).first().isEqualTo(at("2030-01-01T00:00:00Z").minus(Duration.ofHours(999)));
        }
    }

    /** The newest are found among very many and very unevenly spread ones, and without going through all of them. */
    @Test
    void the_newest_are_found_wherever_they_lie() {
        Instant now = at("2030-06-01T00:30:00Z");

        for (String expression : List.of("* * * 1 * *", "* * * * * *", "0 0 29 2 *", "*/7 3 1,15 * *")) {
            Recurrence all = Recurrence.cron(expression).missed(Missed.ALL);
            Instant first = all.next(at("2020-01-01T00:00:00Z"));
            List<Instant> newest = DueTicks.of(all, first, now).ticks();

            List<Instant> following = new ArrayList<>(newest.subList(0, 1));
            while (following.size() < newest.size()) {
                following.add(all.next(following.get(following.size() - 1)));
            }
            assertThat(newest).as(expression).isEqualTo(following);
        }
    }

    @Test
    void no_tick_comes_twice_or_is_passed_by_however_the_time_goes() {
        Random random = new Random(7);
        Recurrence recurrence = Recurrence.cron("*/3 * * * * *").missed(Missed.ALL);
        Instant next = recurrence.next(at("2030-01-01T00:00:00Z"));
        Instant now = next;
        List<Instant> ticks = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            now = now.plusMillis(random.nextInt(60_000) - 20_000);
            while (!next.isAfter(now)) {
                DueTicks due = DueTicks.of(recurrence, next, now);
                ticks.addAll(due.ticks());
                next = due.next();
            }
        }

        assertThat(ticks).hasSizeGreaterThan(500);
        for (int i = 1; i < ticks.size(); i++) {
            assertThat(ticks.get(i)).isEqualTo(ticks.get(i - 1).plusSeconds(3));
        }
    }
}
