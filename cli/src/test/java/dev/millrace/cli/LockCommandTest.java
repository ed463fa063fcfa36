package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.LockInfo;
import dev.millrace.Millrace;
import dev.millrace.NamedLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** lock, which runs a command under a lock; locks, which shows them and takes them away. */
class LockCommandTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final long PATIENCE_SECONDS = 60;

    @TempDir
    Path folder;

    private String store;
    private Millrace millrace;

    @BeforeEach
    void open() {
        store = "sqlite:" + folder.resolve("jobs.db");
        millrace = Millrace.open(store);
    }

    @AfterEach
    void close() {
        millrace.close();
    }

    private CommandRun run(String... arguments) {
        return CommandRun.of(
                Stream.concat(Stream.of("--store", store), Stream.of(arguments)).toArray(String[]::new));
    }

    /** A lock command in a process of its own, whose command is a script. */
    private Process start(String ttl, String script) throws IOException {
        return ChildJvm.of(
                        List.of("-XX:TieredStopAtLevel=1"), store, "lock", "a", "--ttl", ttl, "--", "sh", "-c", script)
                .redirectError(folder.resolve("err").toFile())
                .redirectInput(ProcessBuilder.Redirect.from(
                        Files.writeString(folder.resolve("in"), "input\n").toFile()))
                .start();
    }

    private static int code(Process process) throws InterruptedException {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private String err() throws IOException {
        return Files.readString(folder.resolve("err"));
    }

    private boolean exists(String file) {
        return Files.exists(folder.resolve(file));
    }

    private String until(String file) {
        return "while [ ! -e " + folder.resolve(file) + " ]; do sleep 0.05; done";
    }

    @Test
    void a_command_runs_under_the_lock_and_its_exit_code_is_passed_on() throws Exception {
        Process process = start("60s", "read line; echo $line $MILLRACE_LOCK $MILLRACE_LOCK_TOKEN; exit 7");

        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(code(process)).as(err()).isEqualTo(7);

        assertThat(printed).matches("input a \\d+\n");
        long token = Long.parseLong(printed.strip().split(" ", -1)[2]);
        assertThat(millrace.lock("a")).isEmpty();
        assertThat(millrace.tryLock("a", LONG).orElseThrow().token()).isGreaterThan(token);
    }

    @Test
    void while_another_holds_it_nothing_is_run() {
        assertThat(millrace.tryLock("a", LONG, "web1")).isPresent();
        String touch = folder.resolve("ran").toString();

        CommandRun busy = run("lock", "a", "--", "touch", touch);
        assertThat(busy.code()).isEqualTo(1);
        assertThat(busy.err().lines()).hasSize(1);
        assertThat(busy.err()).contains("held by web1").contains("--wait");
        assertThat(run("lock", "a", "--busy-code", "75", "--wait", "10ms", "--", "touch", touch)
                        .code())
                .isEqualTo(75);
        assertThat(exists("ran")).isFalse();

        assertThat(run("lock", "another", "--", "touch", touch).code()).isZero();
        assertThat(exists("ran")).isTrue();
    }

    @Test
    void it_waits_for_the_lock_as_long_as_it_is_told() throws Exception {
        NamedLock lock = millrace.tryLock("a", LONG).orElseThrow();
        CompletableFuture<CommandRun> waiting = CompletableFuture.supplyAsync(() -> run(
                "lock",
                "a",
                "--wait",
                "60s",
                "--",
                "touch",
                folder.resolve("ran").toString()));
        assertThat(exists("ran")).isFalse();

        lock.release();

        assertThat(waiting.get(PATIENCE_SECONDS, TimeUnit.SECONDS).code()).isZero();
        assertThat(exists("ran")).isTrue();
    }

    @Test
    void the_lock_is_renewed_for_as_long_as_the_command_runs() throws Exception {
        Process process = start("6s", until("go"));
        Eventually.holds("it is locked", () -> millrace.lock("a").isPresent());
        LockInfo first = millrace.lock("a").orElseThrow();

        Eventually.holds(
                "it is renewed",
                () -> millrace.lock("a").orElseThrow().expiresAt().isAfter(first.expiresAt()));
        assertThat(millrace.lock("a").orElseThrow().token()).isEqualTo(first.token());
        Files.createFile(folder.resolve("go"));

        assertThat(code(process)).as(err()).isZero();
        assertThat(millrace.lock("a")).isEmpty();
    }

    @Test
    void a_command_whose_lock_was_broken_is_ended() throws Exception {
        Process process = start("3s", "touch " + folder.resolve("begun") + "; exec sleep 1000");
        Eventually.holds("it runs", () -> exists("begun"));

        CommandRun broken = run("locks", "break", "a");
        assertThat(broken.code()).as(broken.err()).isZero();
        NamedLock mine = millrace.tryLock("a", LONG).orElseThrow();

        assertThat(code(process)).isEqualTo(1);
        assertThat(err()).contains("was lost");
        assertThat(mine.renew(LONG)).isTrue();
    }

    @Test
    void a_killed_holder_loses_its_command_at_once_and_the_lock_after_its_time() throws Exception {
        Process process = start(
                "2s",
                "echo $$ > " + folder.resolve("pid.new") + "; mv " + folder.resolve("pid.new") + " "
                        + folder.resolve("pid") + "; exec sleep 1000");
        Eventually.holds("it runs", () -> exists("pid"));
        long pid = Long.parseLong(Files.readString(folder.resolve("pid")).strip());

        process.destroyForcibly().waitFor();

        assertThat(run("lock", "a", "--wait", "60s", "--", "true").code()).isZero();
        Eventually.holds(
                "its command is dead",
                () -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void told_to_stop_it_tells_the_command_and_holds_the_lock_until_that_has_ended() throws Exception {
        Process process = start(
                "60s",
                "trap 'touch " + folder.resolve("told") + "; " + until("go") + "; exit 0' TERM; touch "
                        + folder.resolve("begun") + "; " + until("never"));
        Eventually.holds("it runs", () -> exists("begun"));

        process.destroy();
        Eventually.holds("the command was told", () -> exists("told"));
        assertThat(run("lock", "a", "--", "true").code()).isEqualTo(1);
        Files.createFile(folder.resolve("go"));

        assertThat(code(process)).isEqualTo(143);
        assertThat(millrace.lock("a")).isEmpty();
    }

    @Test
    void locks_are_listed() {
        assertThat(run("locks").err()).contains("no lock is held");
        NamedLock lock = millrace.tryLock("report", LONG, "web1").orElseThrow();
        assertThat(millrace.tryLock("deploy", LONG, "web2")).isPresent();

        CommandRun table = run("locks");
        List<JsonNode> objects = run("locks", "--json").jsonLines();

        assertThat(table.out().lines()).hasSize(3).allMatch(line -> line.length() <= 80);
        assertThat(table.out()).containsSubsequence("deploy", "web2", "report", "web1");
        JsonNode report = objects.get(1);
        assertThat(report.path("name").asString()).isEqualTo("report");
        assertThat(report.path("owner").asString()).isEqualTo("web1");
        assertThat(report.path("token").asLong()).isEqualTo(lock.token());
        assertThat(Instant.parse(report.path("expiresAt").asString())).isEqualTo(lock.expiresAt());
        assertThat(report.path("takes").asInt()).isEqualTo(1);
    }

    @Test
    void a_lock_that_nobody_holds_cannot_be_broken() {
        assertThat(millrace.tryLock("a", LONG)).isPresent();

        CommandRun run = run("locks", "break", "a", "b");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.line()).isEqualTo("a is free");
        assertThat(run.err()).contains("nobody holds b");
    }

    @Test
    void what_makes_no_sense_is_wrong_usage() {
        assertThat(run("lock").code()).isEqualTo(2);
        assertThat(run("lock", "a").code()).isEqualTo(2);
        CommandRun brief = run("lock", "a", "--ttl", "10ms", "--", "true");
        assertThat(brief.code()).isEqualTo(2);
        assertThat(brief.err()).contains("time to live is 10 ms:");
        assertThat(run("lock", "a", "--busy-code", "300", "--", "true").code()).isEqualTo(2);
        assertThat(run("lock", "a", "--", "no-such-program").code()).isEqualTo(2);
        assertThat(CommandRun.of("--store", "memory:", "lock", "a", "--", "true")
                        .code())
                .isEqualTo(2);
        assertThat(millrace.locks()).isEmpty();
    }

    @Test
    void a_lock_may_be_the_first_use_of_a_store() {
        assertThat(CommandRun.of("--store", "sqlite:" + folder.resolve("new.db"), "lock", "a", "--", "true")
                        .code())
                .isZero();
        assertThat(folder.resolve("new.db")).exists();
    }
}
