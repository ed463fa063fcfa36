package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Recurrence;
import dev.millrace.Recurrence.Missed;
import dev.millrace.Recurrence.Overlap;
import dev.millrace.RetryPolicy;
import dev.millrace.ScheduleHandle;
import dev.millrace.ScheduleInfo;
import dev.millrace.TypeRef;
import dev.millrace.Worker;
import dev.millrace.spi.Notes;
import dev.millrace.testkit.Faults.Call;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Schedules are made, changed, looked at, operated and carried. */
abstract class ScheduleRules extends SchedulePart {
    @TempDir
    Path folder;

    @Test
    void a_tick_s_job_is_as_it_was_asked_for_and_knows_its_tick_and_its_schedule() {
        millrace.schedule(
                "nightly",
                Recurrence.cron("0 3 * * *", ZoneId.of("Europe/Berlin")),
                ECHO.with("report")
                        .queue("reports")
                        .priority(7)
                        .tag("own")
                        .meta("name", "value")
                        .timeout(Duration.ofMinutes(3))
                        .retry(RetryPolicy.fixed(Duration.ofSeconds(3)))
                        .keepFor(Duration.ofDays(2))
                        .expiresIn(HOUR)
                        .in(Duration.ofSeconds(20)));
        Instant tick = hour(2);

        runAt(tick.plusSeconds(2));

        JobInfo job = jobs("nightly").get(0);
        assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(job.dueAt()).isBetween(tick.plusSeconds(22), tick.plusSeconds(40));
        assertThat(job.expiresAt().orElseThrow())
                .isBetween(tick.plus(HOUR), tick.plus(HOUR).plusSeconds(30));
        assertThat(job.queue()).isEqualTo("reports");
        assertThat(job.priority()).isEqualTo(7);
        assertThat(job.tags()).containsExactlyInAnyOrder("own", "schedule:nightly");
        assertThat(job.meta()).containsEntry("name", "value");
        assertThat(job.record().spec().options()).contains("PT3M", "PT3S");
        assertThat(job.record().spec().keepFor()).isEqualTo(Duration.ofDays(2));
        assertThat(job.<String>payload(TypeRef.of(String.class))).isEqualTo("report");
        assertThat(job.schedule()).contains("nightly");
        assertThat(job.scheduledFor()).contains(tick);
        assertThat(job.id().version()).isEqualTo(7);

        runAt(tick.plusSeconds(50));
        assertThat(ran).containsExactly(tick);
        assertThat(millrace.job(job.id()).orElseThrow().state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void a_new_schedule_begins_with_the_first_tick_that_lies_ahead() {
        millrace.schedule("hourly", HOURLY.missed(Missed.ALL), ECHO.with("tick"));
        millrace.schedule("often", Recurrence.every(Duration.ofMinutes(20)), ECHO.with("tick"));

        runAt(clock.instant().plusSeconds(30));

        assertThat(ran).isEmpty();
        assertThat(info("hourly").nextTick()).contains(hour(1));
        assertThat(info("hourly").lastTick()).isEmpty();
        assertThat(info("often").nextTick().orElseThrow())
                .isBetween(START.plus(Duration.ofMinutes(30)), START.plus(Duration.ofMinutes(31)));
    }

    @Test
    void made_again_as_it_was_it_keeps_its_place_and_nothing_is_written() {
        Recurrence often = Recurrence.every(Duration.ofMinutes(20));
        millrace.schedule(
                "often",
                often,
                ECHO.with("tick").tag("a", "b", "c").meta("x", "1").meta("y", "2"));
        Instant first = info("often").nextTick().orElseThrow();
        long writes = faults().calls(Call.PUT_NOTE);

        set(first.minusSeconds(10));
        millrace.schedule(
                "often",
                often,
                ECHO.with("tick").tag("c", "b", "a").meta("y", "2").meta("x", "1"));
        assertThat(faults().calls(Call.PUT_NOTE)).isEqualTo(writes);
        set(first.plusSeconds(10));
        millrace.schedule("often", often, ECHO.with("another"));

        assertThat(info("often").nextTick()).contains(first);
        runAt(first.plusSeconds(10));
        assertThat(made("often")).containsExactly(first);
        assertThat(jobs("often").get(0).<String>payload(TypeRef.of(String.class)))
                .isEqualTo("another");
        assertThat(info("often").nextTick()).contains(first.plus(Duration.ofMinutes(20)));
    }

    @Test
    void a_changed_recurrence_takes_effect_at_once_and_makes_up_for_nothing() {
        millrace.schedule("report", HOURLY, ECHO.with("tick"));
        runAt(hour(1));

        set(hour(1).plus(Duration.ofMinutes(20)));
        millrace.schedule("report", Recurrence.cron("*/15 * * * *").missed(Missed.ALL), ECHO.with("tick"));
        assertThat(info("report").nextTick()).contains(hour(1).plus(Duration.ofMinutes(30)));
        runAt(hour(1).plus(Duration.ofMinutes(30)));

        assertThat(ran).containsExactly(hour(1), hour(1).plus(Duration.ofMinutes(30)));
        assertThat(info("report").recurrence().missed()).isEqualTo(Missed.ALL);

        // A clock that is put back meanwhile brings no tick again.
        set(hour(1).minusSeconds(5));
        millrace.schedule("report", HOURLY, ECHO.with("tick"));
        assertThat(info("report").nextTick()).contains(hour(2));
    }

    @Test
    void ticks_pass_while_it_is_paused_and_are_not_made_up_for() {
        ScheduleHandle hourly = millrace.schedule("hourly", HOURLY.missed(Missed.ALL), ECHO.with("tick"));
        hourly.pause();
        assertThat(info("hourly").paused()).isTrue();
        assertThat(info("hourly").nextTick()).isEmpty();

        runAt(hour(1));
        millrace.schedule("hourly", HOURLY.missed(Missed.ALL), ECHO.with("another"));
        assertThat(info("hourly").paused())
                .as("made again by a program that starts")
                .isTrue();
        set(hour(2).plusSeconds(5));
        hourly.resume();
        hourly.resume();
        runAt(hour(2).plusSeconds(10));
        assertThat(ran).isEmpty();
        runAt(hour(3));

        assertThat(ran).containsExactly(hour(3));
    }

    @Test
    void a_job_made_by_hand_has_no_tick_and_counts_as_the_last_one() {
        ScheduleHandle hourly = millrace.schedule(
                "hourly", HOURLY.overlap(Overlap.SKIP), ECHO.with("tick").queue("slow"));
        millrace.queue("slow").pause();

        UUID first = hourly.runNow();
        UUID second = hourly.runNow();
        assertThat(second).isNotEqualTo(first);
        assertThat(info("hourly").lastJob()).contains(second);
        runAt(hour(1));
        assertThat(jobs("hourly")).extracting(JobInfo::id).containsExactlyInAnyOrder(first, second);
        assertThat(jobs("hourly")).allSatisfy(job -> {
            assertThat(job.schedule()).contains("hourly");
            assertThat(job.scheduledFor()).isEmpty();
        });

        millrace.queue("slow").resume();
        runAt(hour(1).plusSeconds(30));
        assertThat(ran).containsExactly(null, null);
        hourly.pause();
        assertThat(hourly.runNow()).isNotNull();
    }

    @Test
    void what_is_removed_makes_no_more_and_made_anew_it_begins_anew() {
        ScheduleHandle hourly = millrace.schedule("hourly", HOURLY, ECHO.with("tick"));
        runAt(hour(1));

        assertThat(hourly.remove()).isTrue();
        assertThat(hourly.remove()).isFalse();
        assertThat(hourly.info()).isEmpty();
        runAt(hour(2));
        assertThat(ran).containsExactly(hour(1));
        for (Runnable operation : new Runnable[] {hourly::pause, hourly::resume, hourly::runNow}) {
            assertThatThrownBy(operation::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no schedule \"hourly\"");
        }
        millrace.schedule("hourly", HOURLY, ECHO.with("tick"));
        assertThat(info("hourly").lastTick()).isEmpty();
        runAt(hour(3));

        assertThat(ran).containsExactly(hour(1), hour(3));
    }

    @Test
    void what_can_be_true_of_one_job_only_is_refused_and_so_is_what_is_too_large() {
        assertRefused(ECHO.with("x").id(UUID.randomUUID()), "id");
        assertRefused(ECHO.with("x").at(hour(1)), "due time");
        assertRefused(ECHO.with("x").expiresAt(hour(1)), "expiresIn");
        assertRefused(ECHO.with("x".repeat(70_000)), "65536");
        assertRefused(ECHO.with("x").tag(tags(50)), "tags");
        assertThatThrownBy(() -> millrace.schedule("x".repeat(195))).hasMessageContaining("at most 190");
        assertThatThrownBy(() -> millrace.schedule(" x")).hasMessageContaining("white space");
        assertThat(millrace.schedules()).isEmpty();
    }

    private static String[] tags(int count) {
        String[] tags = new String[count];
        for (int i = 0; i < count; i++) {
            tags[i] = "tag" + i;
        }
        return tags;
    }

    private void assertRefused(dev.millrace.JobRequest<?> job, String reason) {
        assertThatThrownBy(() -> millrace.schedule("name", HOURLY, job))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void a_payload_as_large_as_it_may_be_is_kept() {
        millrace.schedule("hourly", HOURLY, ECHO.with("x".repeat(65_534)));

        runAt(hour(1));

        assertThat(ran).containsExactly(hour(1));
    }

    @Test
    void schedules_go_with_backups_and_moves_and_go_on_where_they_were() {
        millrace.schedule("hourly", HOURLY, ECHO.with("tick"));
        millrace.schedule("paused", HOURLY, ECHO.with("tick")).pause();
        runAt(hour(1));

        Millrace restored = elsewhere();
        millrace.backup(folder.resolve("file"));
        restored.restore(folder.resolve("file"));
        Millrace moved = elsewhere();
        millrace.moveTo(moved);

        for (Millrace each : new Millrace[] {restored, moved}) {
            assertThat(each.schedules())
                    .extracting(ScheduleInfo::toString)
                    .isEqualTo(millrace.schedules().stream()
                            .map(ScheduleInfo::toString)
                            .toList());
            set(hour(1).plusSeconds(10));
            ran.clear();
            try (Worker worker = build(noting(hasty(each)))) {
                worker.drain();
                set(hour(2));
                worker.drain();
            }
            assertThat(ran).containsExactly(hour(2));
        }
    }

    @Test
    void one_that_cannot_be_read_hurts_no_other_and_is_told() {
        store.putNote("schedule", "broken", "{}".getBytes(StandardCharsets.UTF_8), Notes.ABSENT, null);
        millrace.schedule("hourly", HOURLY, ECHO.with("tick"));
        Worker worker = start(noting());
        until("the worker tells", () -> millrace.health().toString().contains("schedule \"broken\""));
        assertThat(millrace.examine().toString()).contains("schedule-unreadable");
        assertThat(millrace.schedules()).extracting(ScheduleInfo::name).containsExactly("hourly");

        long beats = faults().calls(Call.BEAT) + 5;
        until("it is told as long as it is so", () -> {
            assertThat(millrace.health().toString()).contains("schedule \"broken\"");
            return faults().calls(Call.BEAT) >= beats;
        });
        set(hour(1));
        until("the other makes its job", () -> !ran.isEmpty());
        assertThat(millrace.schedule("broken").remove()).isTrue();

        until("all is well", () -> millrace.health().reasons().isEmpty());
        worker.close();
        assertThat(ran).containsExactly(hour(1));
    }

    @Test
    void ticks_that_nobody_makes_jobs_of_are_told() {
        millrace.schedule("paused", HOURLY, ECHO.with("tick")).pause();
        set(hour(1).plusSeconds(184));
        assertThat(millrace.health().reasons()).isEmpty();
        set(START.plusSeconds(600));
        millrace.schedule("hourly", HOURLY, ECHO.with("tick"));
        set(hour(1).plusSeconds(184));
        assertThat(millrace.health().toString()).contains("schedule hourly is 18", "s behind");
        assertThat(millrace.examine().toString()).contains("schedule-behind");

        runAt(hour(2));
        assertThat(millrace.health().reasons()).isEmpty();
        set(hour(1));
        assertThat(millrace.examine().toString()).contains("schedule-ahead");
    }
}
