package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.spi.SessionOpening;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Backup, restore and move from the shell. */
class MoveCommandTest {
    private static final JobType<String, String> MAIL = JobType.of("send-mail", String.class, String.class);
    private static final boolean LONG = Boolean.getBoolean("millrace.long");
    private static final int MANY = LONG ? 40_000 : 16_000;
    private static final int KILLS = LONG ? 8 : 5;

    @TempDir
    Path folder;

    private String store(String name) {
        return "sqlite:" + folder.resolve(name);
    }

    private void fill(String store, int jobs) {
        try (Millrace millrace = Millrace.open(store)) {
            millrace.enqueueEach(IntStream.range(0, jobs).mapToObj(i -> MAIL.with("mail " + i)));
            millrace.queue("reports").pause();
        }
    }

    @Test
    void a_move_reports_what_it_carried() {
        fill(store("a.db"), 7);

        CommandRun run = CommandRun.of("move", store("a.db"), store("b.db"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("7 jobs and 1 notes", "8 were new", "digest ", "start no workers on the old store");
        assertThat(run.err()).isEmpty();
        JsonNode again =
                CommandRun.of("move", store("a.db"), store("b.db"), "--json").json();
        assertThat(again.path("jobs").asLong()).isEqualTo(7);
        assertThat(again.path("taken").asLong(-1)).isZero();
        assertThat(run.out()).contains(again.path("digest").asString());
    }

    @Test
    void a_move_that_workers_stop_names_a_command_that_stops_them() {
        String store = store("a.db");
        fill(store, 1);
        try (Millrace millrace = Millrace.open(store)) {
            millrace.store().openSession(new SessionOpening(UUID.randomUUID(), "at work", "{}"));
        }

        CommandRun run = CommandRun.of("move", store, store("b.db"));

        assertThat(run.code()).isEqualTo(1);
        Matcher named = Pattern.compile("\\(millrace (--store … [^,]*),").matcher(run.err());
        assertThat(named.find()).as(run.err()).isTrue();
        CommandRun stop = CommandRun.of(named.group(1).replace("…", store).split(" "));
        assertThat(stop.code()).as(stop.err()).isZero();
        assertThat(stop.out()).contains("at work");
    }

    @Test
    void its_progress_is_for_people_and_leaves_a_clean_line() {
        fill(store("a.db"), 500);

        CommandRun run = CommandRun.typed("", "move", store("a.db"), store("b.db"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("copying: 64 of about 500").endsWith("\r");
    }

    @Test
    void stores_in_memory_a_store_twice_and_a_missing_store_are_refused() {
        fill(store("a.db"), 1);

        CommandRun memory = CommandRun.of("move", store("a.db"), "memory:");
        assertThat(memory.code()).isEqualTo(2);
        assertThat(memory.err()).contains("ends with it");
        CommandRun twice = CommandRun.of("move", store("a.db"), "sqlite:" + folder.resolve("./a.db"));
        assertThat(twice.code()).isEqualTo(1);
        assertThat(twice.err()).contains("one and the same");
        CommandRun missing = CommandRun.of("move", store("none.db"), store("b.db"));
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.err()).contains("there is no store at");
        assertThat(folder.resolve("b.db")).doesNotExist();
        CommandRun option = CommandRun.of("--store", store("a.db"), "move", store("a.db"), store("b.db"));
        assertThat(option.code()).isEqualTo(2);
        assertThat(CommandRun.of("move", store("a.db")).code()).isEqualTo(2);
    }

    @Test
    void live_workers_are_named_and_nothing_is_moved() {
        fill(store("a.db"), 3);
        try (Millrace millrace = Millrace.open(store("a.db"));
                Worker worker = millrace.worker()
                        .handle(JobType.of("other", String.class, String.class), (text, job) -> text)
                        .name("sparrow")
                        .start()) {
            assertThat(worker).isNotNull();
            CommandRun run = CommandRun.of("move", store("a.db"), store("b.db"));

            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err().strip().lines()).hasSize(1);
            assertThat(run.err()).contains("sparrow", "workers stop --all", "Nothing was moved");
        }
    }

    @Test
    void a_backup_is_restored_and_a_damaged_one_is_not() throws Exception {
        fill(store("a.db"), 250);
        Path file = folder.resolve("jobs.millrace");

        CommandRun backup = CommandRun.of("--store", store("a.db"), "backup", file.toString(), "--json");
        CommandRun restore = CommandRun.of("--store", store("b.db"), "restore", file.toString(), "--json");

        assertThat(backup.json().path("jobs").asLong()).isEqualTo(250);
        assertThat(backup.json().path("bytes").asLong()).isEqualTo(Files.size(file));
        assertThat(restore.json().path("taken").asLong()).isEqualTo(251);
        assertThat(CommandRun.of("move", store("a.db"), store("b.db"), "--json")
                        .json()
                        .path("taken")
                        .asLong(-1))
                .isZero();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        CommandRun damaged = CommandRun.of("--store", store("c.db"), "restore", file.toString());
        assertThat(damaged.code()).isEqualTo(1);
        assertThat(damaged.err().strip().lines()).hasSize(1);
        assertThat(damaged.err()).contains("damaged", "nothing of it was stored");
        CommandRun none = CommandRun.of(
                "--store", store("d.db"), "restore", folder.resolve("none").toString());
        assertThat(none.code()).isEqualTo(1);
        assertThat(folder.resolve("d.db")).doesNotExist();
        assertThat(CommandRun.of("--store", "memory:", "backup", file.toString())
                        .code())
                .isEqualTo(2);
    }

    @Test
    @Timeout(600)
    void a_move_that_is_killed_at_any_point_goes_on_when_it_is_run_again() throws Exception {
        fill(store("a.db"), MANY);
        Random random = new Random(4711);
        int[] marks = random.ints(KILLS - 1, 1, MANY).sorted().toArray();

        int killed = 0;
        for (int mark : marks) {
            killed += killAt(mark);
        }
        killed += killAt(MANY); // while the two are compared
        Process last = move();
        assertThat(last.waitFor(5, TimeUnit.MINUTES)).isTrue();

        assertThat(last.exitValue()).isZero();
        assertThat(killed).isPositive();
        JsonNode again =
                CommandRun.of("move", store("a.db"), store("b.db"), "--json").json();
        assertThat(again.path("jobs").asLong()).isEqualTo(MANY);
        assertThat(again.path("taken").asLong(-1)).isZero();
        assertThat(again.path("others").asLong(-1)).isZero();
        try (Millrace from = Millrace.open(store("a.db"));
                Millrace to = Millrace.open(store("b.db"))) {
            assertThat(to.store().verify()).isEmpty();
            assertThat(to.queue("reports").paused()).isTrue();
            assertThat(Claims.first(to.store(), "default", "send-mail", 1_000))
                    .isEqualTo(Claims.first(from.store(), "default", "send-mail", 1_000))
                    .hasSize(1_000);
        }
    }

    private Process move() throws Exception {
        return ChildJvm.of(
                        List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                        store("a.db"),
                        "move",
                        store("a.db"),
                        store("b.db"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Kills a move once the target holds so many jobs; says 1 if it was still at it. */
    private int killAt(int jobs) throws Exception {
        Process move = move();
        try {
            Eventually.holds(jobs + " jobs arrived", () -> !move.isAlive() || arrived() >= jobs);
        } finally {
            move.destroyForcibly();
        }
        assertThat(move.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return move.exitValue() == 0 ? 0 : 1;
    }

    private long arrived() {
        if (Files.notExists(folder.resolve("b.db"))) {
            return 0;
        }
        CommandRun stats = CommandRun.of("--store", store("b.db"), "stats", "--json");
        return stats.code() == 0
                ? stats.json()
                        .path("jobs")
                        .path(JobState.READY.name().toLowerCase(Locale.ROOT))
                        .asLong()
                : 0;
    }
}
