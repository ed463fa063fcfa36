package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The two commands that start processes of their own and count what is lost. */
class DemoAndBenchTest {
    @TempDir
    Path folder;

    @Test
    void the_demo_kills_a_worker_and_loses_nothing() throws Exception {
        Path files = Files.createDirectory(folder.resolve("files"));
        for (int i = 0; i < 12; i++) {
            Files.writeString(files.resolve("file" + i), "text " + i);
        }

        CommandRun run = CommandRun.of(
                "demo",
                files.toString(),
                "--pause",
                "20ms",
                "--json",
                "--store",
                "sqlite:" + folder.resolve("demo.db"));

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode report = run.json();
        assertThat(report.path("jobs").asInt()).isEqualTo(60);
        assertThat(report.path("succeeded").asInt()).isEqualTo(60);
        assertThat(report.path("lost").asInt()).isZero();
        assertThat(report.path("wrongChecksums").asInt()).isZero();
        assertThat(report.path("succeededTwice").asInt()).isZero();
    }

    @Test
    void the_bench_counts_and_prints_json() {
        CommandRun run = CommandRun.of(
                "bench",
                "--quick",
                "--jobs",
                "2000",
                "--repeats",
                "1",
                "--json",
                "--only",
                "memory-process,sqlite-enqueue-bulk,memory-heap");

        assertThat(run.code()).as(run.err()).isZero();
        List<JsonNode> rows = run.jsonLines();
        assertThat(rows)
                .extracting(row -> row.path("name").asString())
                .containsExactly("memory-process", "sqlite-enqueue-bulk", "memory-heap");
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.path("value").isNumber()).isTrue();
            assertThat(row.path("unit").isString()).isTrue();
            assertThat(row.path("duplicates").asInt(-1)).isZero();
            assertThat(row.path("lost").asInt(-1)).isZero();
        });
        assertThat(rows.get(1).path("ratio").isNumber()).isTrue();
    }

    @Test
    void an_unknown_row_is_wrong_usage() {
        CommandRun run = CommandRun.of("bench", "--only", "warp-speed");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("memory-process");
    }

    @ParameterizedTest
    @CsvSource({
        "nats://127.0.0.1:9?token=s3cret, token",
        "nats://s3cret@127.0.0.1:9, token",
        "nats://127.0.0.1:9?creds=/user.creds, creds=",
        "nats://127.0.0.1:9?tls.ca=/ca.pem, tls.ca=",
        "rediss://127.0.0.1:9?tls.verify=none, tls.verify=",
        "redis+sentinel://127.0.0.1:9?master=m&sentinel.password=s3cret, sentinel.password=",
    })
    void an_address_that_the_bench_cannot_connect_by_is_refused_by_name(String address, String named) {
        CommandRun run = CommandRun.of("--store", address, "bench", "--only", "enqueue");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("bench cannot connect").contains(named).doesNotContain("s3cret");
    }

    @Test
    void the_bench_knows_both_names_of_postgresql() {
        CommandRun run = CommandRun.of("--store", "postgres://127.0.0.1/jobs", "bench", "--only", "warp-speed");

        assertThat(run.err()).contains("postgres-").doesNotContain("knows no engine");
    }
}
