package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.Millrace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What one run of {@code each} leaves in the store for the next. */
class EachStoreTest extends EachScene {
    @Test
    void a_line_that_had_succeeded_is_not_run_again() throws Exception {
        String[] command = {"--shell", "--", "echo {} >> " + effects + "; echo out {}"};
        each("1\n2\n", command);

        CommandRun again = each("1\n2\n3\n", command);

        assertThat(again.code()).isZero();
        assertThat(again.out()).isEqualTo("out 3\n");
        assertThat(again.err()).contains("1 done, 0 failed, 2 skipped");
        assertThat(effects()).containsExactlyInAnyOrder("1", "2", "3");
    }

    @Test
    void a_line_that_stands_in_the_input_three_times_is_run_three_times() throws Exception {
        String[] command = {"--shell", "--", "echo {} >> " + effects};

        each("a\na\nb\na\n", command);
        CommandRun again = each("a\na\nb\na\na\n", command);

        assertThat(effects()).containsExactlyInAnyOrder("a", "a", "a", "b", "a");
        assertThat(again.err()).contains("1 done, 0 failed, 4 skipped");
    }

    @Test
    void another_command_and_another_name_are_another_run() throws Exception {
        each("1\n", "--shell", "--", "echo {} >> " + effects);
        each("1\n", "--shell", "--", "echo {}  >> " + effects);
        each("1\n", "--name", "other", "--shell", "--", "echo {} >> " + effects);

        assertThat(effects()).hasSize(3);
    }

    @Test
    void again_starts_over_and_a_later_run_goes_on_from_there() throws Exception {
        String[] command = {"--shell", "--", "echo {} >> " + effects};
        List<String> again = new ArrayList<>(List.of("--again"));
        again.addAll(List.of(command));
        each("1\n2\n", command);

        each("1\n", again.toArray(String[]::new));
        CommandRun rest = each("1\n2\n", command);

        assertThat(rest.err()).contains("1 done, 0 failed, 1 skipped");
        assertThat(effects()).containsExactlyInAnyOrder("1", "2", "1", "2");
    }

    @Test
    void output_of_lines_that_had_succeeded_is_printed_again_if_asked_for() {
        String[] command = {"--shell", "--", "head -c {} /dev/zero | tr '\\0' x; echo"};
        List<String> replay = new ArrayList<>(List.of("--replay", "-k"));
        replay.addAll(List.of(command));
        each("3\n20000\n2\n", command);

        CommandRun run = each("3\n20000\n2\n", replay.toArray(String[]::new));

        assertThat(run.out()).isEqualTo("xxx\nxx\n");
        assertThat(run.err()).contains("20001 bytes are more than the 16384");
    }

    @Test
    void failed_lines_are_listed_and_run_again_by_the_next_run() throws Exception {
        String[] command = {"--shell", "--", "echo {} >> " + effects + "; test -e " + folder + "/{}"};
        Files.createFile(folder.resolve("a"));

        CommandRun first = each("a\nb\n", command);
        Files.createFile(folder.resolve("b"));
        CommandRun second = each("a\nb\n", command);

        assertThat(first.code()).isEqualTo(1);
        assertThat(first.err()).contains("failed (exit code 1): b").contains("1 done, 1 failed");
        assertThat(second.code()).isZero();
        assertThat(effects()).containsExactlyInAnyOrder("a", "b", "b");
    }

    @Test
    void jobs_of_an_earlier_run_that_are_not_in_the_input_are_left_alone() throws Exception {
        String[] command = {"--shell", "--", "echo {} >> " + effects + "; if [ {} = 1 ]; then exit 1; fi"};
        each("1\n2\n", command);
        try (Millrace millrace = Millrace.open(store)) {
            assertThat(millrace.jobs().state(JobState.FAILED).retryAll()).isEqualTo(1);
        }

        each("2\n3\n", command);

        assertThat(effects()).containsExactlyInAnyOrder("1", "2", "3");
        try (Millrace millrace = Millrace.open(store)) {
            assertThat(millrace.jobs().state(JobState.READY, JobState.SCHEDULED).count())
                    .isEqualTo(1);
        }
        CommandRun asked = each("1\n", command);
        assertThat(asked.code()).isEqualTo(1);
        assertThat(effects()).hasSize(4);
    }

    @Test
    void a_cancelled_line_has_failed_in_this_run_and_runs_in_the_next() throws Exception {
        String[] command = {
            "--shell", "--", "echo {} >> " + effects + "; until [ -e " + folder + "/go ]; do sleep 0.01; done"
        };
        CompletableFuture<CommandRun> run = CompletableFuture.supplyAsync(() -> each("a\n", command));
        Eventually.holds("it runs", () -> !effects().isEmpty());
        try (Millrace millrace = Millrace.open(store)) {
            assertThat(millrace.jobs().state(JobState.RUNNING).cancelAll()).isEqualTo(1);
        }

        assertThat(run.get().code()).isEqualTo(1);
        assertThat(run.get().err()).contains("cancelled");
        Files.createFile(folder.resolve("go"));
        assertThat(each("a\n", command).err()).contains("1 done");
    }

    @Test
    void a_line_whose_job_was_deleted_is_told_as_failed() {
        each("a\n", "--", "true");
        try (Millrace millrace = Millrace.open(store)) {
            millrace.jobs().state(JobState.SUCCEEDED).deleteAll();
        }

        CommandRun run = each("a\n", "--", "true");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("deleted").contains("--again");
        assertThat(each("a\n", "--again", "--", "true").code()).isZero();
    }

    @Test
    void its_jobs_are_kept_for_as_long_as_was_said() {
        each("a\n", "--keep", "10d", "--", "true");

        try (Millrace millrace = Millrace.open(store)) {
            assertThat(millrace.jobs().kind("each"))
                    .singleElement()
                    .satisfies(job -> assertThat(job.record().spec().keepFor()).hasDays(10));
        }
    }

    @Test
    void settings_of_the_store_hold() throws Exception {
        Path settings = Files.writeString(folder.resolve("my.properties"), "payload.max-bytes = 100\n");

        CommandRun run = each("x".repeat(500) + "\n", "--config", settings.toString(), "--", "true");

        assertThat(run.code()).isNotZero();
        assertThat(run.err()).contains("payload").contains("100");
    }

    @Test
    void it_runs_on_a_store_in_memory_too() {
        CommandRun run = CommandRun.withInput("a\n", "each", "--store", "memory:", "--", "echo", "{}");

        assertThat(run.out()).isEqualTo("a\n");
    }
}
