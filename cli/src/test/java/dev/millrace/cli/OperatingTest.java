package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** cancel and retry. */
class OperatingTest {
    @TempDir
    Path folder;

    private String store;
    private String id;

    @BeforeEach
    void enqueue() {
        store = "sqlite:" + folder.resolve("jobs.db");
        id = run("enqueue", "k", "1", "--queue", "q", "--store", store).line();
    }

    private CommandRun run(String... arguments) {
        return CommandRun.of(arguments);
    }

    private String state() {
        return run("show", id, "--json", "--store", store).json().path("state").asString();
    }

    @Test
    void a_job_is_cancelled_once_and_can_be_run_again() {
        assertThat(run("cancel", id, "--store", store).code()).isZero();
        assertThat(state()).isEqualTo("cancelled");

        CommandRun again = run("cancel", id, "--store", store);
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.err().lines()).hasSize(1);

        CommandRun retried = run("retry", id, "--json", "--store", store);
        assertThat(retried.code()).isZero();
        assertThat(retried.json().path("outcome").asString()).isEqualTo("retried");
        assertThat(state()).isEqualTo("ready");
    }

    @Test
    void one_that_is_not_found_does_not_keep_the_others() {
        CommandRun run = run("cancel", "ffffffff", id, "--store", store);

        assertThat(run.code()).isEqualTo(1);
        assertThat(state()).isEqualTo("cancelled");
    }

    @Test
    void a_filter_needs_a_yes() {
        CommandRun asked = run("cancel", "--queue", "q", "--store", store);
        assertThat(asked.code()).isEqualTo(2);
        assertThat(asked.err()).contains("1 job").contains("--yes");

        CommandRun refused = CommandRun.typed("n\n", "cancel", "--queue", "q", "--store", store);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(state()).isEqualTo("ready");

        CommandRun agreed = CommandRun.typed("y\n", "cancel", "--queue", "q", "--store", store);
        assertThat(agreed.code()).isZero();
        assertThat(state()).isEqualTo("cancelled");
    }

    @Test
    void a_filter_for_retry_means_failed_jobs_unless_it_names_states() {
        run("cancel", id, "--store", store);

        assertThat(run("retry", "--queue", "q", "--yes", "--json", "--store", store)
                        .json()
                        .path("retried")
                        .asInt())
                .isZero();
        assertThat(run("retry", "--queue", "q", "--state", "cancelled", "--yes", "--json", "--store", store)
                        .json()
                        .path("retried")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void ids_and_a_filter_together_are_wrong_usage() {
        assertThat(run("cancel", id, "--queue", "q", "--store", store).code()).isEqualTo(2);
    }

    @Test
    void all_jobs_of_a_tag_are_erased_once_that_is_agreed_to() {
        run("enqueue", "k", "2", "--tag", "user:7", "--store", store);
        run("enqueue", "k", "3", "--tag", "user:7", "--in", "1h", "--store", store);

        CommandRun asked = run("erase", "--tag", "user:7", "--store", store);
        assertThat(asked.code()).isEqualTo(2);
        assertThat(asked.err()).contains("2 jobs").contains("--yes");
        assertThat(CommandRun.typed("n\n", "erase", "--tag", "user:7", "--store", store)
                        .code())
                .isEqualTo(1);

        CommandRun erased = run("erase", "--tag", "user:7", "--yes", "--json", "--store", store);
        assertThat(erased.code()).isZero();
        assertThat(erased.json().path("erased").asInt()).isEqualTo(2);
        assertThat(erased.json().path("remaining").asInt(-1)).isZero();
        assertThat(run("list", "--tag", "user:7", "--json", "--store", store).out())
                .isEmpty();
        assertThat(state()).isEqualTo("ready");
        assertThat(run("erase", "--store", store).code()).isEqualTo(2);
    }
}
