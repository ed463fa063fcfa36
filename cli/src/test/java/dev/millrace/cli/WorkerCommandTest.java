package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.spi.SessionCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class WorkerCommandTest {
    @TempDir
    Path folder;

    private String store;

    @BeforeEach
    void name() {
        store = "sqlite:" + folder.resolve("jobs.db");
    }

    private CommandRun run(String... arguments) {
        return CommandRun.of(arguments);
    }

    private JsonNode show(String id) {
        return run("show", id, "--json", "--store", store).json();
    }

    private String script(String... lines) throws IOException {
        Path file = Files.createTempFile(folder, "script", ".sh");
        Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file.toString();
    }

    private CommandRun drain(String kind, String program) {
        return run("worker", "--exec", kind + "=" + program, "--drain", "--store", store);
    }

    @Test
    void a_program_gets_the_payload_and_prints_the_result() throws Exception {
        String id = run("enqueue", "echo", "{\"n\":1}", "--queue", "q", "--store", store)
                .line();
        String program = script(
                "read payload",
                "echo \"[$payload,\\\"$MILLRACE_JOB_ID\\\",\\\"$MILLRACE_KIND\\\",\\\"$MILLRACE_QUEUE\\\",$MILLRACE_ATTEMPT,\\\"$1\\\"]\"");

        CommandRun worker = drain("echo", program + " argument");

        assertThat(worker.code()).isZero();
        assertThat(worker.line()).isEqualTo("1");
        assertThat(worker.err().lines()).hasSize(2);
        assertThat(show(id).path("result").toString())
                .isEqualTo("[{\"n\":1},\"" + id + "\",\"echo\",\"q\",1,\"argument\"]");
    }

    @Test
    void output_that_is_no_json_is_text_and_none_is_no_result() throws Exception {
        String text = run("enqueue", "text", "1", "--store", store).line();
        String none = run("enqueue", "none", "1", "--store", store).line();

        run("worker", "--exec", "text=" + script("echo two words"), "--exec", "none=true", "--drain", "--store", store);

        assertThat(show(text).path("result").asString()).isEqualTo("two words");
        assertThat(show(none).path("state").asString()).isEqualTo("succeeded");
        assertThat(show(none).has("result")).isFalse();
    }

    @Test
    void another_exit_code_fails_the_attempt_with_the_end_of_standard_error() throws Exception {
        String id =
                run("enqueue", "bad", "1", "--attempts", "1", "--store", store).line();

        drain("bad", script("head -c 5000 /dev/zero | tr '\\0' x >&2", "echo broken >&2", "exit 3"));

        JsonNode job = show(id);
        assertThat(job.path("state").asString()).isEqualTo("failed");
        assertThat(job.path("error").asString())
                .contains("exit code 3")
                .contains("xxx")
                .endsWith("broken");
        assertThat(job.path("error").asString().length()).isLessThan(2_200);
    }

    @Test
    void a_result_that_is_too_large_fails_and_says_so() throws Exception {
        String id =
                run("enqueue", "big", "1", "--attempts", "1", "--store", store).line();

        drain("big", script("exec head -c 3000000 /dev/zero"));

        assertThat(show(id).path("state").asString()).isEqualTo("failed");
        assertThat(show(id).path("error").asString()).contains("1048576");
    }

    @Test
    void a_cancelled_program_is_ended_with_all_that_it_started() throws Exception {
        String id = run("enqueue", "long", "1", "--store", store).line();
        Path pids = folder.resolve("pids");
        String program = script("sleep 600 &", "echo $$ $! > " + pids + ".new", "mv " + pids + ".new " + pids, "wait");
        CompletableFuture<CommandRun> worker = CompletableFuture.supplyAsync(() ->
                run("worker", "--exec", "long=" + program, "--lease", "3s", "--heartbeat", "100ms", "--store", store));
        Eventually.holds("the program runs", () -> Files.exists(pids));
        List<ProcessHandle> processes = List.of(Files.readString(pids).strip().split(" ")).stream()
                .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream())
                .toList();
        assertThat(processes).hasSize(2);

        CommandRun cancel = run("cancel", id, "--store", store);

        assertThat(cancel.out()).contains("asked to stop");
        try (Millrace millrace = Millrace.open(store)) {
            Eventually.holds(
                    "the job is cancelled",
                    () -> millrace.job(UUID.fromString(id)).orElseThrow().state() == JobState.CANCELLED);
            Eventually.holds("both processes are gone", () -> processes.stream().noneMatch(ProcessHandle::isAlive));
            UUID session = millrace.stats().workers().get(0).session();
            assertThat(millrace.store().command(session, SessionCommand.STOP)).isTrue();
        }
        assertThat(worker.get(30, TimeUnit.SECONDS).code()).isZero();
    }

    @Test
    void a_jar_brings_its_own_handlers() throws Exception {
        String id = run("enqueue", "shout", "--string", "ada", "--store", store).line();
        Path jar = HandlerJar.make(folder);

        CommandRun worker = run("worker", "--handlers", jar.toString(), "--drain", "--store", store);

        assertThat(worker.code()).as(worker.err()).isZero();
        assertThat(show(id).path("result").asString()).isEqualTo("ADA");
    }

    @Test
    void a_jar_without_handlers_is_refused() throws Exception {
        CommandRun worker = run("worker", "--handlers", folder.toString(), "--store", store);

        assertThat(worker.code()).isEqualTo(1);
        assertThat(worker.err()).contains("META-INF/services");
        assertThat(worker.err().lines()).hasSize(1);
    }

    @Test
    void a_program_that_is_not_there_is_wrong_usage() {
        assertThat(drain("k", "./missing").code()).isEqualTo(2);
        assertThat(drain("k", "no-such-program").code()).isEqualTo(2);
        assertThat(run("worker", "--exec", "k", "--store", store).code()).isEqualTo(2);
        assertThat(run("worker", "--handlers", "missing.jar", "--store", store).code())
                .isEqualTo(2);
    }

    @Test
    void it_stops_after_the_time_that_it_was_given() {
        CommandRun worker = run("worker", "--exec", "k=cat", "--run-for", "50ms", "--store", store);

        assertThat(worker.code()).isZero();
        assertThat(worker.err()).contains("stopped after");
    }

    @Test
    void processes_of_a_drain_end_when_nothing_is_left() {
        run("enqueue", "k", "1", "--store", store);
        run("enqueue", "k", "2", "--store", store);

        CommandRun workers = run("worker", "--exec", "k=cat", "--processes", "2", "--drain", "--store", store);

        assertThat(workers.code()).as(workers.err()).isZero();
        assertThat(run("list", "--state", "succeeded", "--json", "--store", store)
                        .jsonLines())
                .hasSize(2);
    }

    @Test
    void several_processes_need_a_store_that_they_can_share_and_no_alive_file() {
        assertThat(run("worker", "--exec", "k=cat", "--processes", "2", "--store", "memory:")
                        .code())
                .isEqualTo(2);
        assertThat(run("worker", "--exec", "k=cat", "--processes", "0", "--store", store)
                        .err())
                .contains("give 1 to 256");
        assertThat(run("worker", "--exec=k=cat", "--processes=2", "--alive-file=x", "--store", store)
                        .code())
                .isEqualTo(2);
    }

    @Test
    void an_alive_file_is_there_while_the_worker_works() throws Exception {
        Path alive = folder.resolve("alive");
        CompletableFuture<CommandRun> worker = CompletableFuture.supplyAsync(() -> run(
                "worker", "--exec", "k=cat", "--run-for", "1s", "--alive-file", alive.toString(), "--store", store));

        Eventually.holds("the file is there", () -> Files.exists(alive));

        assertThat(worker.get(60, TimeUnit.SECONDS).code()).isZero();
        assertThat(alive).doesNotExist();
        assertThat(run("worker", "--exec=k=cat", "--alive-file", folder + "/no/alive", "--store", store)
                        .err())
                .contains("cannot be written");
    }

    @Test
    void processes_take_the_file_of_settings_wherever_it_is_named_and_say_when_time_ran_out() throws Exception {
        Path config = Files.writeString(
                folder.resolve("m.properties"), "store=" + store + "\nworker.name=from-file\nworker.concurrency=3\n");
        run("enqueue", "k", "1", "--store", store, "--in", "1h");
        String slow = script("exec sleep 600");
        run("enqueue", "slow", "1", "--store", store);
        CompletableFuture<CommandRun> workers = CompletableFuture.supplyAsync(() -> run(
                "--config",
                config.toString(),
                "worker",
                "--exec=slow=" + slow,
                "--processes=2",
                "--drain",
                "--grace=0s",
                "--run-for=15s"));
        try (Millrace millrace = Millrace.open(store)) {
            Eventually.holds(
                    "both workers are set as the file says",
                    () -> millrace.stats().workers().stream()
                                    .filter(worker -> worker.name().startsWith("from-file-")
                                            && worker.status().contains("\"concurrency\":3"))
                                    .count()
                            >= 1);
        }

        assertThat(workers.get(90, TimeUnit.SECONDS).code()).isEqualTo(1);
    }
}
