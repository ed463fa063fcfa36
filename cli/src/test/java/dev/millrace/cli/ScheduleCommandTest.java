package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobInfo;
import dev.millrace.Millrace;
import dev.millrace.ScheduleInfo;
import dev.millrace.spi.Notes;
import dev.millrace.spi.SessionOpening;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class ScheduleCommandTest {
    @TempDir
    Path folder;

    private String store;

    @BeforeEach
    void name() {
        store = "sqlite:" + folder.resolve("jobs.db");
    }

    private CommandRun run(String... arguments) {
        return CommandRun.of(
                Stream.concat(Stream.of("schedule"), Stream.concat(Stream.of(arguments), Stream.of("--store", store)))
                        .toArray(String[]::new));
    }

    private CommandRun done(String... arguments) {
        CommandRun run = run(arguments);
        assertThat(run.code()).as(run.err()).isZero();
        return run;
    }

    private void addNightly() {
        done(
                "add",
                "nightly",
                "--cron",
                "0 3 * * *",
                "--zone",
                "Europe/Berlin",
                "report",
                "{\"of\":\"sales\"}",
                "--queue",
                "reports",
                "--priority",
                "7",
                "--tag",
                "own",
                "--meta",
                "a=b",
                "--missed",
                "one");
    }

    private ScheduleInfo info(String name) {
        try (Millrace millrace = Millrace.open(store)) {
            return millrace.schedule(name).info().orElseThrow();
        }
    }

    @Test
    void one_is_added_listed_and_shown() {
        addNightly();
        assertThat(done("add", "pulse", "--every", "30s", "ping", "--overlap", "skip")
                        .out())
                .startsWith("pulse added: next ")
                .contains("in 2", " s");

        CommandRun list = done("list");
        assertThat(list.out().lines()).hasSize(3).allMatch(line -> line.length() <= 80);
        assertThat(list.out()).contains("NAME", "NEXT", "nightly", "cron 0 3 * * * in Europe/Berlin", "every 30s");
        List<JsonNode> all = done("list", "--json").jsonLines();
        assertThat(all).extracting(each -> each.path("name").asString()).containsExactly("nightly", "pulse");
        assertThat(all.get(0).path("recurrence").toString())
                .isEqualTo("{\"cron\":\"0 3 * * *\",\"zone\":\"Europe/Berlin\",\"missed\":\"one\"}");

        CommandRun sheet = done("show", "nightly");
        assertThat(sheet.out())
                .contains(
                        "nightly",
                        "missed",
                        "one",
                        "overlap",
                        "allow",
                        "reports, priority 7",
                        "{\"of\":\"sales\"}",
                        "own",
                        "a = b");
        assertThat(sheet.out().lines().filter(line -> line.matches(".* 03:00:00 \\+0[12]:00 +in .*")))
                .hasSize(5);
        JsonNode json = done("show", "nightly", "--json").json();
        assertThat(json.path("nextTicks").size()).isEqualTo(5);
        assertThat(json.path("payload").path("of").asString()).isEqualTo("sales");
        assertThat(json.path("paused").asBoolean(true)).isFalse();
        assertThat(Instant.parse(json.path("nextTick").asString()))
                .isAfter(Instant.now().minusSeconds(60));
    }

    @Test
    void added_again_it_is_changed_and_keeps_its_place_while_its_ticks_stay_the_same() {
        done("add", "pulse", "--every", "1h", "ping");
        Instant next = info("pulse").nextTick().orElseThrow();

        assertThat(done("add", "pulse", "--every", "1h", "pong", "--string", "text")
                        .out())
                .startsWith("pulse changed: next ");
        assertThat(info("pulse").nextTick()).contains(next);
        assertThat(info("pulse").kind()).isEqualTo("pong");
        JsonNode json = done("add", "pulse", "--cron", "*/10 * * * * *", "pong", "--json")
                .json();

        assertThat(json.path("name").asString()).isEqualTo("pulse");
        assertThat(info("pulse").nextTick().orElseThrow())
                .isBefore(Instant.now().plus(Duration.ofMinutes(1)));
    }

    @Test
    void one_is_paused_resumed_run_by_hand_and_removed() {
        addNightly();
        done("add", "pulse", "--every", "1h", "ping");

        assertThat(done("pause", "nightly", "pulse").out().lines()).containsExactly("nightly paused", "pulse paused");
        assertThat(done("list").out()).contains("paused");
        assertThat(done("show", "nightly").out()).contains("paused: millrace schedule resume nightly");
        assertThat(done("add", "pulse", "--every", "2h", "ping").out()).contains("is paused");
        assertThat(done("resume", "nightly", "--json").json().path("state").asString())
                .isEqualTo("resumed");
        assertThat(info("nightly").paused()).isFalse();

        String id = done("run", "nightly").out().strip();
        try (Millrace millrace = Millrace.open(store)) {
            JobInfo job = millrace.job(UUID.fromString(id)).orElseThrow();
            assertThat(job.kind()).isEqualTo("report");
            assertThat(job.queue()).isEqualTo("reports");
            assertThat(job.tags()).contains("own", "schedule:nightly");
        }
        assertThat(done("show", "nightly").out()).contains(id);

        assertThat(done("remove", "nightly", "pulse").out().lines())
                .containsExactly("nightly removed", "pulse removed");
        CommandRun none = done("list");
        assertThat(none.out()).isEmpty();
        assertThat(none.err()).contains("no schedules");
    }

    @Test
    void without_a_worker_people_are_told_that_ticks_make_no_jobs() {
        addNightly();

        CommandRun alone = done("list");
        assertThat(alone.err().lines()).hasSize(1);
        assertThat(alone.err()).contains("no worker runs", "start millrace worker");
        assertThat(done("show", "nightly").err()).isEqualTo(alone.err());
        assertThat(done("list", "--json").err()).isEmpty();
        done("pause", "nightly");
        assertThat(done("list").err()).isEmpty();
        done("resume", "nightly");
        try (Millrace millrace = Millrace.open(store)) {
            millrace.store().openSession(new SessionOpening(UUID.randomUUID(), "here", "{}"));
        }
        assertThat(done("list").err()).isEmpty();
    }

    @Test
    void a_tick_that_no_worker_has_dealt_with_is_shown_as_due() throws Exception {
        done("add", "pulse", "--every", "1s", "ping");

        Eventually.holds("the tick is due", () -> done("list").out().contains("due "));
    }

    @Test
    void a_name_is_told_how_long_it_may_be() {
        for (String name : List.of("", "n".repeat(191))) {
            CommandRun run = run("add", name, "--every", "1h", "ping");

            assertThat(run.code()).isEqualTo(2);
            assertThat(run.err()).containsAnyOf("1 to 190 characters", "at most 190 are allowed");
        }
    }

    @Test
    void one_that_cannot_be_read_can_be_removed() {
        try (Millrace millrace = Millrace.open(store)) {
            millrace.store().putNote("schedule", "broken", new byte[] {'{', '}'}, Notes.ABSENT, null);
        }
        assertThat(run("show", "broken").code()).isEqualTo(1);

        assertThat(done("remove", "broken").out()).isEqualTo("broken removed" + System.lineSeparator());
    }

    @ParameterizedTest
    @ValueSource(strings = {"show", "pause", "resume", "run", "remove"})
    void an_unknown_name_is_an_error_that_says_where_to_look(String command) {
        addNightly();

        CommandRun run = run(command, "nihgtly");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err())
                .contains("no schedule \"nihgtly\"", "millrace schedule list")
                .doesNotContain("Millrace.");
    }

    @Test
    void wrong_usage_is_told_in_one_line_and_makes_no_store() {
        assertWrong("six", "add", "n", "--cron", "* * *", "ping");
        assertWrong("as its hour", "add", "n", "--cron", "0 25 * * *", "ping");
        assertWrong("never comes", "add", "n", "--cron", "0 0 31 2 *", "ping");
        assertWrong(
                "\"Mars/Olympus\" is no time zone: write UTC",
                "add",
                "n",
                "--cron",
                "0 3 * * *",
                "--zone",
                "Mars/Olympus",
                "ping");
        assertWrong("--zone is for cron", "add", "n", "--every", "1h", "--zone", "Europe/Berlin", "ping");
        assertWrong("1 s or more", "add", "n", "--every", "10ms", "ping");
        assertWrong("millrace: Missing required argument (specify one of these): (--cron", "add", "n", "ping");
        assertWrong("\"4d3e\" is no id: write a UUID", "add", "n", "--every", "1h", "ping", "--id", "4d3e");
        assertWrong(
                "millrace: --cron=EXPRESSION, --every=TIME are mutually exclusive",
                "add",
                "n",
                "--every",
                "1h",
                "--cron",
                "0 3 * * *",
                "ping");
        assertWrong("none, one, all", "add", "n", "--every", "1h", "ping", "--missed", "some");
        assertWrong(
                "--id can be true of one job only",
                "add",
                "n",
                "--every",
                "1h",
                "ping",
                "--id",
                UUID.randomUUID().toString());
        assertWrong("--at", "add", "n", "--every", "1h", "ping", "--at", "2030-01-01");
        assertWrong("no JSON", "add", "n", "--every", "1h", "ping", "{");
        assertWrong("add, list, show");
        CommandRun memory = CommandRun.of("schedule", "add", "n", "--every", "1h", "ping", "--store", "memory:");
        assertThat(memory.code()).isEqualTo(2);
        assertThat(Files.exists(folder.resolve("jobs.db"))).isFalse();
        assertThat(run("list").code()).isEqualTo(1);
    }

    private void assertWrong(String reason, String... arguments) {
        CommandRun run = run(arguments);
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err().lines()).as(run.err()).hasSize(1);
        assertThat(run.err()).contains(reason);
    }
}
