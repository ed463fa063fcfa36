package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** workers, and what they are told from afar; health, which looks at them. */
class WorkersTest {
    private static final JobType<Integer, Integer> WORK = JobType.of("work", Integer.class, Integer.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

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

    private Worker worker(String name) {
        return millrace.worker()
                .name(name)
                .lease(PATIENCE, Duration.ofMillis(50))
                .handle(WORK, (number, job) -> number)
                .start();
    }

    private CommandRun run(String... arguments) {
        return CommandRun.of(
                Stream.concat(Stream.of(arguments), Stream.of("--store", store)).toArray(String[]::new));
    }

    private String phase(String name) {
        return run("workers", "--json").jsonLines().stream()
                .filter(each -> each.path("name").asString().equals(name))
                .map(each -> each.path("status").path("phase").asString(""))
                .findFirst()
                .orElse("gone");
    }

    @Test
    void workers_are_listed_with_what_they_do() {
        worker("ann");
        worker("ben");

        List<JsonNode> workers = run("workers", "--json").jsonLines();
        CommandRun table = run("workers");

        assertThat(workers).extracting(each -> each.path("name").asString()).containsExactly("ann", "ben");
        assertThat(workers.get(0).path("status").path("kinds").toString()).isEqualTo("[\"work\"]");
        assertThat(table.out().lines()).hasSize(3).allMatch(line -> line.length() <= 80);
        assertThat(table.out()).contains("ann", "ben", "work");
    }

    @Test
    void one_is_made_quiet_goes_on_and_stops() throws Exception {
        worker("ann");
        worker("ben");

        CommandRun quiet = run("workers", "quiet", "ann");
        assertThat(quiet.code()).as(quiet.err()).isZero();
        assertThat(quiet.out()).contains("ann is told to be quiet");
        Eventually.holds("ann is quiet", () -> phase("ann").equals("quiet"));
        assertThat(phase("ben")).isEqualTo("started");

        assertThat(run("workers", "resume", "ann", "--json").json().path("told").asString())
                .isEqualTo("resume");
        Eventually.holds("ann is started", () -> phase("ann").equals("started"));

        assertThat(run("workers", "stop", "ann").code()).isZero();
        Eventually.holds("ann is gone", () -> phase("ann").equals("gone"));
        assertThat(phase("ben")).isEqualTo("started");
        assertThat(run("workers").out()).doesNotContain("ann");
        assertThat(run("workers", "--closed").out()).contains("ann", "closed");
    }

    @Test
    void all_are_told_at_once() throws Exception {
        worker("ann");
        worker("ben");

        assertThat(run("workers", "quiet", "--all").out().lines()).hasSize(2);

        Eventually.holds(
                "both are quiet",
                () -> phase("ann").equals("quiet") && phase("ben").equals("quiet"));
    }

    @Test
    void a_worker_that_is_meant_must_be_clear() {
        worker("web-1");
        worker("web-2");

        CommandRun several = run("workers", "stop", "web");
        assertThat(several.code()).isEqualTo(1);
        assertThat(several.err()).contains("web-1").contains("web-2");
        assertThat(several.err().lines()).hasSize(1);

        assertThat(run("workers", "stop", "nobody").code()).isEqualTo(1);
        assertThat(run("workers", "stop").code()).isEqualTo(2);
        assertThat(run("workers", "stop", "web-1", "--all").code()).isEqualTo(2);
        assertThat(phase("web-1")).isEqualTo("started");

        String session =
                run("workers", "--json").jsonLines().get(1).path("session").asString();
        assertThat(run("workers", "quiet", session.substring(24)).out()).contains("web-2");
    }

    @Test
    void where_nobody_works_it_says_so() {
        assertThat(run("workers").err()).contains("no workers");
        assertThat(run("workers", "stop", "--all").code()).isEqualTo(1);
    }

    @Test
    void health_is_an_exit_code() {
        CommandRun well = run("health");
        assertThat(well.code()).isZero();
        assertThat(well.line()).isEqualTo("healthy (100)");

        millrace.enqueue(WORK, 1);
        CommandRun orphaned = run("health", "--json");
        assertThat(orphaned.code()).isEqualTo(1);
        assertThat(orphaned.json().path("status").asString()).isEqualTo("degraded");
        assertThat(orphaned.json().path("score").asInt()).isEqualTo(75);
        assertThat(orphaned.json().path("reasons").get(0).asString()).contains("no live worker");

        worker("ann");
        assertThat(run("health").code()).isZero();
    }

    @Test
    void a_store_out_of_reach_is_not_healthy() {
        CommandRun run = CommandRun.of("health", "--json", "--store", "postgresql://127.0.0.1:1/none");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.json().path("status").asString()).isEqualTo("unhealthy");

        assertThat(CommandRun.of("health", "--store", "sqlit:x").code()).isEqualTo(2);
    }
}
