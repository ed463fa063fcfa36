package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.EncryptionKeys;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Serializer;
import dev.millrace.Worker;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** list, show and stats. */
class LookingTest {
    private static final String ONE = "0197a3c2-0000-7000-8000-00000000aaaa";
    private static final String TWO = "0197a3c2-0000-7000-8000-00000000bbbb";

    @TempDir
    Path folder;

    private String store;

    @BeforeEach
    void fill() {
        store = "sqlite:" + folder.resolve("jobs.db");
    }

    private CommandRun run(String... arguments) {
        return CommandRun.of(arguments);
    }

    private void enqueueTwo() {
        run("enqueue", "one", "{\"n\":1}", "--id", ONE, "--store", store);
        run("enqueue", "two", "2", "--id", TWO, "--queue", "other", "--in", "1h", "--store", store);
    }

    @Test
    void looking_makes_no_store() {
        for (String command : List.of("list", "stats")) {
            CommandRun run = run(command, "--store", store);

            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err().lines()).hasSize(1);
            assertThat(run.err()).contains("enqueue");
        }
        assertThat(run("show", "aaaa", "--store", store).code()).isEqualTo(1);
        assertThat(run("cancel", "aaaa", "--store", store).code()).isEqualTo(1);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void list_shows_the_newest_first_as_a_table_or_as_json_lines() {
        enqueueTwo();

        CommandRun table = run("list", "--store", store);
        List<JsonNode> objects = run("list", "--json", "--store", store).jsonLines();

        assertThat(table.code()).isZero();
        assertThat(table.out().lines()).hasSize(3).allMatch(line -> line.length() <= 80);
        assertThat(objects).extracting(job -> job.path("id").asString()).containsExactly(TWO, ONE);
        assertThat(objects.get(1).propertyNames())
                .containsExactly(
                        "id", "kind", "queue", "priority", "state", "attempt", "payload", "enqueuedAt", "dueAt");
    }

    @Test
    void list_filters() {
        enqueueTwo();

        assertThat(run("list", "--json", "--queue", "other", "--store", store).jsonLines())
                .hasSize(1);
        assertThat(run("list", "--json", "--state", "ready,failed", "--store", store)
                        .jsonLines())
                .hasSize(1);
        assertThat(run("list", "--json", "--kind", "none", "--store", store).jsonLines())
                .isEmpty();
        assertThat(run("list", "--json", "--since", "1h", "--store", store).jsonLines())
                .hasSize(2);
        assertThat(run("list", "--json", "--older-than", "1h", "--store", store).jsonLines())
                .isEmpty();
        assertThat(run("list", "--json", "--limit", "1", "--store", store).jsonLines())
                .hasSize(1);
        assertThat(run("list", "--state", "done", "--store", store).code()).isEqualTo(2);
    }

    @Test
    void an_id_may_be_shortened_to_any_part_that_no_other_has() {
        enqueueTwo();

        assertThat(run("show", "aaaa", "--json", "--store", store)
                        .json()
                        .path("id")
                        .asString())
                .isEqualTo(ONE);
        assertThat(run("show", TWO, "--json", "--store", store)
                        .json()
                        .path("id")
                        .asString())
                .isEqualTo(TWO);

        CommandRun ambiguous = run("show", "0197a3c2", "--store", store);
        assertThat(ambiguous.code()).isEqualTo(1);
        assertThat(ambiguous.err()).contains(ONE).contains(TWO);
        assertThat(ambiguous.err().lines()).hasSize(1);

        assertThat(run("show", "cccc", "--store", store).code()).isEqualTo(1);
        assertThat(run("show", ONE.replace('a', 'c'), "--store", store).code()).isEqualTo(1);
        assertThat(run("show", "aaa", "--store", store).code()).isEqualTo(2);
        assertThat(run("show", "who?", "--store", store).code()).isEqualTo(2);
    }

    @Test
    void show_tells_all_of_a_job() {
        enqueueTwo();

        CommandRun run = run("show", "aaaa", "--store", store);

        assertThat(run.code()).isZero();
        assertThat(run.out()).contains(ONE, "ready", "Payload", "\"n\" : 1");
    }

    @Test
    void stats_counts_by_queue_and_state() {
        enqueueTwo();

        JsonNode stats = run("stats", "--json", "--store", store).json();

        assertThat(stats.path("jobs").path("ready").asInt()).isEqualTo(1);
        assertThat(stats.path("jobs").path("scheduled").asInt()).isEqualTo(1);
        assertThat(stats.path("queues")).hasSize(2);
        assertThat(stats.path("health").path("score").isNumber()).isTrue();
        assertThat(run("stats", "--store", store).out()).contains("other", "default");
    }

    @Test
    void errors_are_one_line_and_wrong_usage_is_2() {
        for (List<String> wrong : List.of(
                List.<String>of(),
                List.of("frob"),
                List.of("list", "--jsn"),
                List.of("list", "--limit", "x"),
                List.of("list", "--store", "sqlit:x.db"),
                List.of("worker"),
                List.of("cancel"))) {
            CommandRun run = run(wrong.toArray(String[]::new));

            assertThat(run.code()).as("%s", wrong).isEqualTo(2);
            assertThat(run.err().lines()).as("%s", wrong).hasSize(1);
            assertThat(run.out()).isEmpty();
        }
    }

    @Test
    void debug_adds_the_stack_trace() {
        assertThat(run("list", "--debug", "--store", store).err().lines()).hasSizeGreaterThan(1);
    }

    @Test
    void what_is_encrypted_is_named_and_not_shown() throws Exception {
        JobType<String, String> type = JobType.of("secret", String.class, String.class);
        Serializer sealing = Serializer.json().encrypted(EncryptionKeys.of("k1", new byte[32]));
        try (Millrace millrace = Millrace.builder(store).serializer(sealing).open();
                Worker worker =
                        millrace.worker().handle(type, (text, job) -> text).build()) {
            millrace.enqueue(type.with("confidential").id(UUID.fromString(ONE)));
            worker.drain();
        }

        JsonNode listed = run("list", "--json", "--store", store).json();
        CommandRun shown = run("show", "aaaa", "--store", store);

        assertThat(listed.path("payload").asString())
                .startsWith("encrypted, key k1, ")
                .endsWith(" bytes");
        assertThat(listed.path("result").asString()).startsWith("encrypted, key k1, ");
        assertThat(run("list", "--store", store).code()).isZero();
        assertThat(shown.code()).isZero();
        assertThat(shown.out()).contains("encrypted, key k1, ").doesNotContain("confidential");
    }

    @Test
    void stats_tells_what_came_of_runs_after_their_worker_has_gone() {
        JobType<String, String> type = JobType.of("text", String.class, String.class);
        try (Millrace millrace = Millrace.open(store);
                Worker worker =
                        millrace.worker().handle(type, (text, job) -> text).build()) {
            millrace.enqueue(type.with("one").queue("mail"));
            millrace.enqueue(type.with("two").queue("mail"));
            worker.drain();
        }

        JsonNode stats = run("stats", "--json", "--store", store).json();

        JsonNode queue = stats.path("queues").path(0);
        assertThat(queue.path("name").asString()).isEqualTo("mail");
        assertThat(queue.path("work").path("succeeded").asInt()).isEqualTo(2);
        assertThat(queue.path("work").path("p95RunMicros").asLong()).isPositive();
        assertThat(stats.path("work").path("processed").asInt()).isEqualTo(2);
        CommandRun table = run("stats", "--store", store);
        assertThat(table.out()).contains("DONE", "WAITED", "mail");
        assertThat(table.out().lines()).allMatch(line -> line.length() <= 80 || line.startsWith("sqlite:"));
    }
}
