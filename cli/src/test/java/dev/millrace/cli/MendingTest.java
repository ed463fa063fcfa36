package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** delete, run-now, reschedule, reprioritize and prune. */
class MendingTest {
    @TempDir
    Path folder;

    private String store;

    @BeforeEach
    void name() {
        store = "sqlite:" + folder.resolve("jobs.db");
    }

    private CommandRun run(String... arguments) {
        return CommandRun.of(
                Stream.concat(Stream.of("--store", store), Stream.of(arguments)).toArray(String[]::new));
    }

    private CommandRun done(String... arguments) {
        CommandRun run = run(arguments);
        assertThat(run.code()).as(run.err()).isZero();
        return run;
    }

    private String job(String... options) {
        return done(Stream.concat(Stream.of("enqueue", "k", "1"), Stream.of(options))
                        .toArray(String[]::new))
                .line();
    }

    private JsonNode show(String id) {
        return done("show", id, "--json").json();
    }

    private long jobs(String... filter) {
        return done(Stream.concat(Stream.of("list", "--json"), Stream.of(filter))
                        .toArray(String[]::new))
                .jsonLines()
                .size();
    }

    @Test
    void jobs_are_deleted_by_id_or_by_any_filter() {
        String id = job("--queue", "a");
        job("--queue", "b", "--tag", "t");
        job("--queue", "b");

        assertThat(done("delete", id.substring(24), "--json").json().toString())
                .isEqualTo("{\"id\":\"" + id + "\",\"outcome\":\"deleted\"}");
        assertThat(run("show", id).code()).isEqualTo(1);
        assertThat(done("delete", "--tag", "t", "--yes").line()).isEqualTo("1 deleted");
        assertThat(done("delete", "--queue", "b", "--kind", "k", "--state", "ready", "--since", "1h", "--yes", "--json")
                        .json()
                        .path("deleted")
                        .asInt())
                .isEqualTo(1);
        assertThat(jobs()).isZero();
    }

    @Test
    void nothing_is_done_to_every_job_there_is() {
        job();

        for (List<String> command : List.of(
                List.of("delete", "--yes"),
                List.of("cancel", "--yes"),
                List.of("run-now", "--yes"),
                List.of("reschedule", "--in", "1h", "--yes"),
                List.of("reprioritize", "--priority", "1", "--yes"))) {
            CommandRun run = run(command.toArray(String[]::new));

            assertThat(run.code()).as("%s", command).isEqualTo(2);
            assertThat(run.err()).as("%s", command).contains("which jobs?");
            assertThat(run.err().lines()).hasSize(1);
        }
        assertThat(jobs("--state", "ready")).isEqualTo(1);
    }

    @Test
    void a_filter_shows_its_count_and_asks() {
        job("--queue", "a");
        job("--queue", "a");

        CommandRun nobody = run("delete", "--queue", "a");
        assertThat(nobody.code()).isEqualTo(2);
        assertThat(nobody.err()).contains("2 jobs").contains("--yes");

        CommandRun refused = CommandRun.typed("\n", "delete", "--queue", "a", "--store", store);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.out()).contains("delete 2 jobs? [y/N]");
        assertThat(jobs()).isEqualTo(2);

        CommandRun agreed = CommandRun.typed("yes\n", "delete", "--queue", "a", "--store", store);
        assertThat(agreed.code()).isZero();
        assertThat(agreed.out()).endsWith("2 deleted" + System.lineSeparator());
        assertThat(jobs()).isZero();

        CommandRun none = CommandRun.typed("", "delete", "--queue", "a", "--store", store);
        assertThat(none.code()).isZero();
        assertThat(none.err()).contains("nothing was done");
    }

    @Test
    void a_scheduled_job_is_made_due() {
        String id = job("--in", "1h");
        job("--in", "1h", "--queue", "other");

        assertThat(done("run-now", id).line()).isEqualTo(id + " due");
        assertThat(show(id).path("state").asString()).isEqualTo("ready");
        assertThat(show(id).path("priority").asInt()).isZero();

        assertThat(done("run-now", "--kind", "k", "--yes", "--json")
                        .json()
                        .path("due")
                        .asInt())
                .isEqualTo(1);
        assertThat(jobs("--state", "ready")).isEqualTo(2);
    }

    @Test
    void a_job_that_is_due_keeps_its_place_unless_it_is_to_come_first() {
        String id = job();
        String due = show(id).path("dueAt").asString();

        done("run-now", id);
        assertThat(show(id).path("dueAt").asString()).isEqualTo(due);

        done("run-now", "--first", id);
        assertThat(show(id).path("dueAt").asString()).isEqualTo(due);
        assertThat(show(id).path("priority").asInt()).isEqualTo(1000);
    }

    @Test
    void first_means_the_highest_priority_for_all_of_a_filter() {
        String ready = job("--queue", "a");
        String scheduled = job("--queue", "a", "--in", "1h");

        assertThat(done("run-now", "--first", "--queue", "a", "--yes").line()).isEqualTo("2 due");

        for (String id : List.of(ready, scheduled)) {
            assertThat(show(id).path("state").asString()).isEqualTo("ready");
            assertThat(show(id).path("priority").asInt()).isEqualTo(1000);
        }
    }

    @Test
    void what_cannot_be_done_to_a_job_is_said_with_the_reason() {
        String id = job();
        done("cancel", id);

        for (List<String> command : List.of(
                List.of("run-now", id),
                List.of("reschedule", "--in", "1h", id),
                List.of("reprioritize", "--priority", "1", id))) {
            CommandRun run = run(command.toArray(String[]::new));

            assertThat(run.code()).as("%s", command).isEqualTo(1);
            assertThat(run.err().lines()).as("%s", command).hasSize(1);
            assertThat(run.err()).contains(id).contains("CANCELLED");
        }
    }

    @Test
    void jobs_get_another_due_time() {
        String id = job();

        done("reschedule", id, "--in", "2h");
        assertThat(Instant.parse(show(id).path("dueAt").asString()))
                .isAfter(Instant.now().plus(Duration.ofMinutes(100)));
        done("reschedule", "--queue", "default", "--yes", "--at", "2100-01-31T18:00:00Z");
        assertThat(show(id).path("dueAt").asString()).isEqualTo("2100-01-31T18:00:00Z");
        assertThat(show(id).path("state").asString()).isEqualTo("scheduled");

        assertThat(run("reschedule", id).code()).isEqualTo(2);
        assertThat(run("reschedule", id, "--in", "1h", "--at", "2100-01-31T18:00:00Z")
                        .code())
                .isEqualTo(2);
        assertThat(run("reschedule", id, "--in", "soon").code()).isEqualTo(2);
    }

    @Test
    void jobs_get_another_priority() {
        String id = job();

        assertThat(done("reprioritize", "--priority", "-7", id).line()).isEqualTo(id + " reprioritized");
        assertThat(show(id).path("priority").asInt()).isEqualTo(-7);
        assertThat(done("reprioritize", "--priority", "5", "--kind", "k", "--yes")
                        .line())
                .isEqualTo("1 reprioritized");
        assertThat(show(id).path("priority").asInt()).isEqualTo(5);

        assertThat(run("reprioritize", "--priority", "1001", id).code()).isEqualTo(2);
        assertThat(run("reprioritize", id).code()).isEqualTo(2);
    }

    @Test
    void those_that_no_longer_wait_are_not_counted_when_it_is_asked() {
        job();
        job("--in", "1h");
        done("cancel", job());

        for (List<String> command : List.of(
                List.of("reprioritize", "--priority", "5", "--kind", "k"),
                List.of("reschedule", "--in", "2h", "--kind", "k"))) {
            CommandRun asked = run(command.toArray(String[]::new));
            assertThat(asked.err()).contains("the filter fits 2 jobs: add --yes to " + command.get(0) + " them");

            CommandRun all = CommandRun.typed(
                    "yes\n",
                    Stream.concat(Stream.of("--store", store), command.stream()).toArray(String[]::new));
            assertThat(all.out()).contains(command.get(0) + " 2 jobs? [y/N]", "2 " + command.get(0) + "d");
        }
    }

    @Test
    void old_jobs_that_have_ended_are_pruned_and_failed_ones_only_when_named() {
        String succeeded = job("--queue", "good");
        done("worker", "--exec", "k=true", "--queues", "good", "--drain");
        String failed = job("--queue", "bad", "--attempts", "1");
        done("worker", "--exec", "k=false", "--queues", "bad", "--drain");
        String waiting = job("--queue", "later");

        assertThat(done("prune", "--older-than", "1h", "--yes").line()).isEqualTo("0 deleted");
        assertThat(run("prune", "--older-than", "0s").err()).contains("the filter fits 1 job: add --yes to delete it");
        assertThat(done("prune", "--older-than", "0s", "--yes").line()).isEqualTo("1 deleted");
        assertThat(run("show", succeeded).code()).isEqualTo(1);
        assertThat(show(failed).path("state").asString()).isEqualTo("failed");

        assertThat(done("prune", "--older-than", "0s", "--state", "failed", "--yes", "--json")
                        .json()
                        .path("deleted")
                        .asInt())
                .isEqualTo(1);
        assertThat(show(waiting).path("state").asString()).isEqualTo("ready");
    }

    @Test
    void prune_wants_an_age_and_ended_states() {
        job();

        assertThat(run("prune", "--yes").err()).contains("--older-than");
        assertThat(run("prune", "--yes").code()).isEqualTo(2);
        CommandRun ready = run("prune", "--older-than", "1s", "--state", "ready", "--yes");
        assertThat(ready.code()).isEqualTo(2);
        assertThat(ready.err()).contains("millrace delete");
    }
}
