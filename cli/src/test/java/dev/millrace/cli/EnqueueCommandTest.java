package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class EnqueueCommandTest {
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

    @Test
    void it_prints_the_id_of_the_job_that_it_stored() {
        CommandRun run = run("--store", store, "enqueue", "greet", "{\"name\":\"Ada\"}");

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        JsonNode job = show(UUID.fromString(run.line()).toString());
        assertThat(job.path("kind").asString()).isEqualTo("greet");
        assertThat(job.path("state").asString()).isEqualTo("ready");
        assertThat(job.path("payload").path("name").asString()).isEqualTo("Ada");
    }

    @Test
    void its_options_reach_the_job() {
        CommandRun run = run(
                "enqueue",
                "mail",
                "[1]",
                "--store",
                store,
                "--json",
                "--queue",
                "mail",
                "--priority",
                "7",
                "--in",
                "1h30m",
                "--unique",
                "u",
                "--serial",
                "s",
                "--tag",
                "a",
                "--tag",
                "b",
                "--meta",
                "k=v",
                "--expires-in",
                "1d",
                "--timeout",
                "30s",
                "--attempts",
                "3",
                "--retry-delay",
                "5s",
                "--keep-for",
                "2d",
                "--id",
                "0197a3c2-0000-7000-8000-0123456789ab");

        assertThat(run.code()).isZero();
        assertThat(run.json().path("enqueued").asString()).isEqualTo("new");
        JsonNode job = show("89ab");
        assertThat(job.path("id").asString()).isEqualTo("0197a3c2-0000-7000-8000-0123456789ab");
        assertThat(job.path("queue").asString()).isEqualTo("mail");
        assertThat(job.path("priority").asInt()).isEqualTo(7);
        assertThat(job.path("state").asString()).isEqualTo("scheduled");
        assertThat(job.path("tags").toString()).isEqualTo("[\"a\",\"b\"]");
        assertThat(job.path("meta").path("k").asString()).isEqualTo("v");
        assertThat(job.path("uniqueKey").asString()).isEqualTo("u");
        assertThat(job.path("group").asString()).isEqualTo("s");
        assertThat(job.has("expiresAt")).isTrue();
        assertThat(job.has("startedAt")).isFalse();
    }

    @Test
    void a_duplicate_gives_the_id_of_the_first_and_a_note() {
        String first =
                run("enqueue", "k", "1", "--unique", "u", "--store", store).line();

        CommandRun second = run("enqueue", "k", "2", "--unique", "u", "--store", store);

        assertThat(second.code()).isZero();
        assertThat(second.line()).isEqualTo(first);
        assertThat(second.err().lines()).hasSize(1);
    }

    @Test
    void text_that_is_no_json_is_wrong_usage_and_makes_no_file() {
        CommandRun run = run("enqueue", "k", "{name: Ada}", "--store", store);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains("quote it");
        assertThat(folder.resolve("jobs.db")).doesNotExist();
    }

    @Test
    void plain_text_and_the_input_can_be_payloads() {
        String text =
                run("enqueue", "k", "--string", "{name: Ada}", "--store", store).line();
        String piped = CommandRun.withInput("{\"n\":1}", "enqueue", "k", "-", "--store", store)
                .line();
        String none = run("enqueue", "k", "--store", store).line();

        assertThat(show(text).path("payload").asString()).isEqualTo("{name: Ada}");
        assertThat(show(piped).path("payload").path("n").asInt()).isEqualTo(1);
        assertThat(show(none).path("payload").isNull()).isTrue();
    }

    @Test
    void each_line_of_the_input_can_be_a_job() {
        CommandRun run =
                CommandRun.withInput("1\n\n{\"n\":2}\n\"drei\"\n", "enqueue", "k", "--lines", "--store", store);

        assertThat(run.code()).isZero();
        assertThat(run.line()).isEqualTo("3");
    }

    @Test
    void a_bad_line_is_named() {
        CommandRun run = CommandRun.withInput("1\n{\n", "enqueue", "k", "--lines", "--store", store);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("line 2").contains("0 jobs were stored");
        assertThat(run.err().lines()).hasSize(1);
    }

    @Test
    void what_cannot_be_stored_is_wrong_usage() {
        assertThat(run("enqueue", "k", "1", "--priority", "5000", "--store", store)
                        .code())
                .isEqualTo(2);
        assertThat(run("enqueue", "k", "1", "--in", "soon", "--store", store).code())
                .isEqualTo(2);
        assertThat(run("enqueue", "k", "1", "--in", "1s", "--at", "2030-01-01", "--store", store)
                        .code())
                .isEqualTo(2);
        assertThat(run("enqueue").code()).isEqualTo(2);
        assertThat(Files.exists(folder.resolve("jobs.db"))).isFalse();
    }

    @Test
    void what_is_wrong_about_a_unique_key_is_told_in_words_that_can_be_typed() {
        CommandRun mode = run("enqueue", "k", "1", "--unique", "u", "--on-conflict", "maybe", "--store", store);
        CommandRun scope = run("enqueue", "k", "1", "--unique", "u", "--unique-while", "never", "--store", store);
        CommandRun both = run("enqueue", "k", "1", "--unique", "u", "--unique-payload", "--store", store);

        assertThat(List.of(mode.code(), scope.code(), both.code())).containsOnly(2);
        assertThat(mode.err()).contains("\"maybe\" is no choice: write skip, replace, replace-keep-due. See");
        assertThat(scope.err()).contains("\"never\" is no choice: write waiting, unfinished, stored. See");
        assertThat(both.err()).contains("millrace: --unique=u and --unique-payload do not go together: leave one out.");
    }

    @Test
    void a_debounced_job_is_not_told_when_to_run() {
        for (String[] when : new String[][] {{"--in", "5s"}, {"--at", "2030-01-01"}}) {
            CommandRun run =
                    run("enqueue", "k", "1", "--unique", "u", "--debounce", "30s", when[0], when[1], "--store", store);

            assertThat(run.code()).isEqualTo(2);
            assertThat(run.err().lines()).hasSize(1);
            assertThat(run.err()).contains("--debounce says when it runs", "leave --in and --at out");
        }
        assertThat(Files.exists(folder.resolve("jobs.db"))).isFalse();
    }

    @Test
    void a_store_that_ends_with_the_command_is_refused() {
        CommandRun run = run("enqueue", "k", "1", "--store", "memory:");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("sqlite:");
    }
}
