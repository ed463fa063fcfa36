package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobType;
import dev.millrace.Millrace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command on the address of a server: every command that takes a store, the demo and the bench. */
abstract class ServerRules {
    @TempDir
    Path folder;

    /** An address of the running server; what is stored there is left to it. */
    abstract String address();

    /** The name that the bench gives the engine. */
    abstract String engine();

    private CommandRun run(String... arguments) {
        return CommandRun.of(arguments);
    }

    private CommandRun done(String... arguments) {
        CommandRun run = run(arguments);
        assertThat(run.code()).as(run.err()).isZero();
        return run;
    }

    @Test
    void a_job_is_stored_run_shown_listed_and_counted() {
        String store = address();
        String id = done("--store", store, "enqueue", "greet", "{\"name\":\"Ada\"}", "--tag", "polite")
                .line();

        done("--store", store, "worker", "--exec", "greet=cat", "--drain");

        JsonNode job = done("--store", store, "show", id, "--json").json();
        assertThat(job.path("state").asString()).isEqualTo("succeeded");
        assertThat(job.path("result").path("name").asString()).isEqualTo("Ada");
        assertThat(done("--store", store, "list", "--tag", "polite", "--json").jsonLines())
                .extracting(each -> each.path("id").asString())
                .containsExactly(id);
        assertThat(done("--store", store, "stats").out()).contains("default");
    }

    @Test
    void the_doctor_reads_all_that_it_looks_at() {
        CommandRun run = run("--store", address(), "doctor", "--json");

        assertThat(run.err()).isEmpty();
        assertThat(run.json().path("looked").size()).isGreaterThan(10);
        assertThat(run.json().path("findings"))
                .extracting(finding -> finding.path("code").asString())
                .doesNotContain("unread", "store-unreachable");
    }

    @Test
    void a_job_is_cancelled_and_run_again() {
        String store = address();
        String id =
                done("--store", store, "enqueue", "greet", "1", "--in", "1h").line();

        done("--store", store, "cancel", id);
        assertThat(done("--store", store, "show", id, "--json")
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("cancelled");

        done("--store", store, "retry", id);
        assertThat(done("--store", store, "show", id, "--json")
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("ready");
    }

    @Test
    void jobs_are_moved_raised_made_due_deleted_and_pruned() {
        String store = address();
        String id = done("--store", store, "enqueue", "mend", "1", "--queue", "mending", "--in", "1h")
                .line();

        done("--store", store, "reschedule", id, "--in", "2h");
        done("--store", store, "reprioritize", id, "--priority", "7");
        done("--store", store, "run-now", id);
        JsonNode job = done("--store", store, "show", id, "--json").json();
        assertThat(job.path("state").asString()).isEqualTo("ready");
        assertThat(job.path("priority").asInt()).isEqualTo(7);
        assertThat(done("--store", store, "run-now", "--first", "--queue", "mending", "--yes")
                        .line())
                .isEqualTo("1 due");

        done("--store", store, "cancel", id);
        assertThat(done("--store", store, "prune", "--older-than", "0s", "--kind", "mend", "--yes")
                        .line())
                .isEqualTo("1 deleted");
        String other = done("--store", store, "enqueue", "mend", "1", "--queue", "mending")
                .line();
        assertThat(done("--store", store, "delete", other).line()).isEqualTo(other + " deleted");
        assertThat(run("--store", store, "show", other).code()).isEqualTo(1);
    }

    @Test
    void a_queue_is_paused_and_looked_at() {
        String store = address();
        done("--store", store, "enqueue", "letter", "1", "--queue", "paused", "--in", "1h");

        assertThat(done("--store", store, "pause", "paused").line()).isEqualTo("paused paused");
        assertThat(done("--store", store, "queues", "paused", "--json")
                        .json()
                        .path("paused")
                        .asBoolean(false))
                .isTrue();
        assertThat(done("--store", store, "queues").out()).contains("paused (paused)");
        assertThat(done("--store", store, "top", "--once").out()).contains("paused (paused)");
        assertThat(done("--store", store, "resume", "paused").line()).isEqualTo("paused resumed");
        done("--store", store, "delete", "--queue", "paused", "--yes");
    }

    @Test
    void a_worker_is_told_to_be_quiet_and_to_stop() throws Exception {
        String store = address();
        String name = "worker-of-" + engine();
        try (Millrace millrace = Millrace.open(store)) {
            millrace.worker()
                    .name(name)
                    .lease(Duration.ofSeconds(30), Duration.ofMillis(100))
                    .handle(JobType.of("none", Integer.class, Integer.class), (number, job) -> number)
                    .start();

            done("--store", store, "workers", "quiet", name);
            Eventually.holds("it is quiet", () -> phase(store, name).equals("quiet"));
            assertThat(run("--store", store, "health", "--json")
                            .json()
                            .path("score")
                            .isNumber())
                    .isTrue();

            done("--store", store, "workers", "stop", name);
            Eventually.holds("it is gone", () -> phase(store, name).equals("gone"));
        }
    }

    private String phase(String store, String name) {
        return done("--store", store, "workers", "--json").jsonLines().stream()
                .filter(each -> each.path("name").asString().equals(name))
                .map(each -> each.path("status").path("phase").asString(""))
                .findFirst()
                .orElse("gone");
    }

    @Test
    void the_layout_is_made_once_and_space_is_given_back() {
        String store = address();
        done("--store", store, "migrate");

        JsonNode plan = done("--store", store, "migrate", "--print", "--json").json();
        assertThat(plan.path("before").asInt(-1)).isEqualTo(plan.path("current").asInt());
        assertThat(plan.path("script").asString("?")).isEmpty();
        assertThat(done("--store", store, "migrate").out()).contains("nothing to do");
        assertThat(done("--store", store, "optimize").out()).startsWith("optimized ");
    }

    @Test
    void each_line_of_the_input_is_run_once() {
        String[] command = {"each", "--store", address(), "--keep-order", "--", "echo", "{}"};

        CommandRun first = CommandRun.withInput("a\nb\n", command);
        CommandRun second = CommandRun.withInput("a\nb\nc\na\n", command);

        assertThat(first.out()).as(first.err()).isEqualTo("a\nb\n");
        assertThat(second.out()).as(second.err()).isEqualTo("c\na\n");
        assertThat(second.err()).contains("2 done, 0 failed, 2 skipped");
    }

    @Test
    void the_demo_kills_a_worker_and_loses_nothing() throws Exception {
        Path files = Files.createDirectory(folder.resolve("files"));
        for (int i = 0; i < 12; i++) {
            Files.writeString(files.resolve("file" + i), "text " + i);
        }

        JsonNode report = done("--store", address(), "demo", files.toString(), "--pause", "20ms", "--json")
                .json();

        assertThat(report.path("succeeded").asInt()).isEqualTo(60);
        assertThat(report.path("lost").asInt()).isZero();
        assertThat(report.path("wrongChecksums").asInt()).isZero();
        assertThat(report.path("succeededTwice").asInt()).isZero();
    }

    @Test
    void the_bench_measures_beside_the_bare_engine_and_leaves_what_is_there() {
        String store = address();
        String id = done("--store", store, "enqueue", "kept", "1").line();

        List<JsonNode> rows = done(
                        "--store",
                        store,
                        "bench",
                        "--quick",
                        "--jobs",
                        "2000",
                        "--repeats",
                        "1",
                        "--json",
                        "--only",
                        "process,bulk")
                .jsonLines();

        assertThat(rows).extracting(row -> row.path("name").asString()).contains(engine() + "-enqueue-bulk");
        assertThat(rows.get(0).path("name").asString()).isEqualTo(engine() + "-process");
        assertThat(rows.get(0).path("ratio").isNumber()).isTrue();
        assertThat(rows.get(0).path("lost").asInt(-1)).isZero();
        assertThat(rows.get(0).path("duplicates").asInt(-1)).isZero();
        done("--store", store, "show", id);
    }

    @Test
    void a_server_that_is_not_there_is_one_line_without_the_password() {
        String nowhere = address().replaceFirst("//(?:[^@/]*@)?[^/?]*", "//ann:s3cret@127.0.0.1:1");

        CommandRun run = run("--store", nowhere, "list");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().strip().lines()).hasSize(1);
        assertThat(run.err()).contains("127.0.0.1:1").doesNotContain("s3cret");
    }
}
