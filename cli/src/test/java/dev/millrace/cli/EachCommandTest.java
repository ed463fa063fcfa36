package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a run does with its input and its commands, and prints. */
class EachCommandTest extends EachScene {
    private static String last(String text) {
        List<String> lines = text.lines().toList();
        return lines.get(lines.size() - 1);
    }

    @Test
    void each_line_takes_the_place_of_the_braces_in_every_word() {
        CommandRun run = each("a b\nc\n", "-j", "1", "--", "printf", "<%s>", "{}", "-{}-{}");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo("<a b><-a b-a b><c><-c-c>");
        assertThat(run.err()).contains("2 done, 0 failed, 0 skipped");
    }

    @Test
    void a_command_without_braces_gets_the_line_as_its_last_word() {
        assertThat(each("a b\n", "--", "printf", "<%s>").out()).isEqualTo("<a b>");
    }

    @Test
    void words_that_begin_with_an_at_sign_are_no_files_of_options() throws Exception {
        Path file = Files.writeString(folder.resolve("options"), "--name x");

        assertThat(each("a\n", "--", "echo", "@" + file).out()).isEqualTo("@" + file + " a\n");
    }

    @Test
    void nothing_in_a_line_is_code_for_a_shell() {
        String line = "$(touch " + effects + ") `touch " + effects + "` \"; touch " + effects + " # ' * \\";

        CommandRun run = each(line + "\n", "--shell", "--", "printf '%s|' \"<{}>\" {} | cat");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo("<" + line + ">|" + line + "|");
        assertThat(effects).doesNotExist();
    }

    @Test
    void a_line_stays_one_word_in_nested_commands() {
        List<String> lines =
                List.of("a  b", "*", "$(touch " + effects + ")", "`touch " + effects + "`", "\"'", "\\ $1");

        CommandRun run = each(
                String.join("\n", lines) + "\n",
                "-k",
                "--shell",
                "--",
                "printf '%s|' {} \"$(printf %s {})\" \"$(printf %s \"$(printf %s \"{}\")\")\" ; x={}; cat <<END\n$x\nEND");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines())
                .containsExactlyElementsOf(lines.stream()
                        .map(line -> (line + "|").repeat(3) + line)
                        .toList());
        assertThat(effects).doesNotExist();
    }

    @Test
    void a_script_that_puts_the_braces_between_single_quotes_is_refused() {
        CommandRun run = each("a\n", "--shell", "--", "echo '{}'");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("single quotes");
        assertThat(folder.resolve("jobs.db")).doesNotExist();
    }

    @Test
    void lines_may_end_with_a_zero_byte_and_hold_line_breaks() {
        assertThat(each("a\nb\0c\0", "-j", "1", "--null", "--", "printf", "<%s>", "{}")
                        .out())
                .isEqualTo("<a\nb><c>");
    }

    @Test
    void empty_lines_are_left_out_and_told() {
        CommandRun run = each("\na\n\n", "--", "echo", "{}");

        assertThat(run.out()).isEqualTo("a\n");
        assertThat(run.err()).contains("1 done").contains("2 empty lines were left out");
    }

    @Test
    void without_any_line_nothing_is_done() {
        CommandRun run = each("", "--", "echo", "{}");

        assertThat(run.code()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("0 done, 0 failed");
    }

    @Test
    void what_cannot_be_an_argument_fails_with_the_reason_and_the_rest_is_done() {
        byte[] input = ("a\nb\0c\n" + "x".repeat(131_072) + "\n?\nd\n").getBytes(StandardCharsets.ISO_8859_1);
        input[input.length - 4] = (byte) 0xFF;

        CommandRun run = CommandRun.withInput(input, "each", "--store", store, "-k", "--", "echo", "{}");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEqualTo("a\nd\n");
        assertThat(run.err()).contains("zero byte").contains("131072 bytes").contains("not UTF-8");
        assertThat(run.err()).contains("2 done, 3 failed");
    }

    @Test
    void retries_come_after_the_first_attempt_and_only_the_last_output_is_printed() throws Exception {
        CommandRun run = each(
                "a\n",
                "--retries",
                "3",
                "--retry-delay",
                "1ms",
                "--shell",
                "--",
                "echo {} >> " + effects + "; wc -l < " + effects + "; echo bad >&2; exit 4");

        assertThat(run.code()).isEqualTo(1);
        assertThat(effects()).hasSize(4);
        assertThat(run.out().strip()).isEqualTo("4");
        assertThat(run.err())
                .containsPattern("(?s)(bad\n.*){4}")
                .contains("3 retried")
                .contains("exit code 4");
    }

    @Test
    void a_command_that_takes_too_long_is_ended_with_all_that_it_had_started() {
        CommandRun run = each(
                "a\n", "--timeout", "4s", "--shell", "--", "sleep 1234 & echo $! > " + effects + "; wait; echo {}");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("failed (timed out after 4 s): a");
        assertThat(ProcessHandle.of(Long.parseLong(read(effects).strip())))
                .matches(process -> process.filter(ProcessHandle::isAlive).isEmpty(), "is dead");
    }

    @Test
    void outputs_are_printed_in_the_order_of_the_input_if_asked_for() {
        // The first line's command waits for the last one's.
        CommandRun run = each(
                numbers(20),
                "-j",
                "4",
                "--keep-order",
                "--shell",
                "--",
                "if [ {} = 1 ]; then until [ -e " + effects + " ]; do sleep 0.01; done; fi;"
                        + " if [ {} = 20 ]; then touch " + effects + "; fi; echo {}");

        assertThat(run.out()).isEqualTo(numbers(20));
    }

    @Test
    void outputs_come_as_commands_end_and_in_one_piece() {
        // The first line's command waits for the third one's, which begins once that of the second has ended.
        CommandRun run = each(
                numbers(3),
                "-j",
                "2",
                "--shell",
                "--",
                "echo {}; echo e{} >&2; if [ {} = 1 ]; then until [ -e " + effects + " ]; do sleep 0.01; done; fi;"
                        + " if [ {} = 3 ]; then touch " + effects + "; fi; echo {}; echo e{} >&2");

        assertThat(run.out()).isIn("2\n2\n1\n1\n3\n3\n", "2\n2\n3\n3\n1\n1\n");
        assertThat(run.err()).contains("e1\ne1\n").contains("e2\ne2\n").contains("e3\ne3\n");
    }

    @Test
    void bytes_are_printed_as_they_are() {
        CommandRun run = each("a\n", "--shell", "--", "printf '\\303\\244\\000\\r\\n'");

        assertThat(run.out()).isEqualTo("ä\0\r\n");
    }

    @Test
    void lines_are_run_while_the_input_is_still_open() throws Exception {
        PipedOutputStream typing = new PipedOutputStream();
        try (PipedInputStream input = new PipedInputStream(typing)) {
            CompletableFuture<CommandRun> run = CompletableFuture.supplyAsync(() ->
                    CommandRun.with(input, false, "each", "--store", store, "--shell", "--", "echo {} >> " + effects));
            typing.write("a\nb".getBytes(StandardCharsets.UTF_8));
            typing.flush();
            Eventually.holds("the first line is run", () -> effects().equals(List.of("a")));
            typing.write("c\n".getBytes(StandardCharsets.UTF_8));
            typing.close();

            assertThat(run.get().err()).contains("2 done");
            assertThat(effects()).containsExactly("a", "bc");
        }
    }

    @Test
    void an_input_that_breaks_ends_what_runs_and_loses_nothing() throws Exception {
        String[] command = {
            "--shell", "--", ": {}; echo $$ > " + effects + "; until [ -e " + folder + "/go ]; do sleep 0.01; done"
        };
        InputStream broken = new InputStream() {
            private boolean given;

            @Override
            public int read() throws IOException {
                throw new IOException("only whole buffers are read");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (given) {
                    awaitEffect();
                    throw new IOException("the disk is gone");
                }
                given = true;
                bytes[offset] = 'a';
                bytes[offset + 1] = '\n';
                return 2;
            }
        };

        CommandRun run = CommandRun.with(
                broken,
                false,
                Stream.concat(Stream.of("each", "--store", store), Stream.of(command))
                        .toArray(String[]::new));

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains("the disk is gone")
                .contains("broke off: 0 done, 0 failed")
                .contains("1 of the lines");
        assertThat(ProcessHandle.of(Long.parseLong(read(effects).strip())))
                .matches(process -> process.filter(ProcessHandle::isAlive).isEmpty(), "is dead");
        Files.createFile(folder.resolve("go"));
        assertThat(each("a\n", command).err()).contains("1 done, 0 failed");
    }

    private void awaitEffect() throws IOException {
        try {
            Eventually.holds(
                    "it runs", () -> Files.exists(effects) && !read(effects).isBlank());
        } catch (Exception e) {
            throw new IOException("it does not run", e);
        }
    }

    @Test
    void more_lines_than_are_held_at_once_are_all_run() {
        CommandRun run = each(numbers(2_500), "-j", "4", "-k", "--", "true");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("2500 done, 0 failed, 0 skipped");
    }

    @Test
    void json_tells_of_each_line_and_sums_up() {
        each("a\n", "--", "sh", "-c", "echo $0; test $0 != b", "{}");

        CommandRun run = each("a\nb\nc\n", "--json", "-k", "--replay", "--", "sh", "-c", "echo $0; test $0 != b", "{}");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).isEmpty();
        List<JsonNode> objects = run.jsonLines();
        assertThat(objects).hasSize(4);
        assertThat(objects.subList(0, 3))
                .extracting(object -> object.path("line").asString()
                        + object.path("state").asString()
                        + object.path("output").asString())
                .containsExactly("askippeda\n", "bfailedb\n", "csucceededc\n");
        assertThat(objects.get(1).path("exitCode").asInt()).isEqualTo(1);
        assertThat(objects.get(1).path("reason").asString()).isEqualTo("exit code 1");
        assertThat(objects.get(2).path("exitCode").asInt(-1)).isZero();
        JsonNode summary = objects.get(3).path("summary");
        assertThat(summary.path("done").asInt()).isEqualTo(1);
        assertThat(summary.path("failed").asInt()).isEqualTo(1);
        assertThat(summary.path("skipped").asInt()).isEqualTo(1);
    }

    @Test
    void quiet_says_nothing_unless_a_line_fails() {
        assertThat(each("a\n", "--quiet", "--", "true").err()).isEmpty();
        assertThat(each("a\n", "--quiet", "--", "false").err()).contains("failed (exit code 1): a");
    }

    @Test
    void a_person_sees_a_bar_and_it_is_gone_at_the_end() throws Exception {
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        String script = "until [ -e " + folder + "/go ]; do sleep 0.01; done; printf out";
        CompletableFuture<CommandRun> typed = CompletableFuture.supplyAsync(
                () -> CommandRun.typed("a\nb\n", shown, "each", "--store", store, "--shell", "--", script));
        Eventually.holds(
                "the bar is drawn", () -> shown.toString(StandardCharsets.UTF_8).contains("%"));
        Files.createFile(folder.resolve("go"));
        CommandRun run = typed.get();

        assertThat(run.err()).contains("each").contains("%").contains("2 done");
        assertThat(last(run.err())).doesNotContain("%");
        assertThat(run.out()).isEqualTo("outout");
    }

    @Test
    void wrong_usage_is_told_and_makes_no_store() {
        assertThat(each("a\n").code()).isEqualTo(2);
        assertThat(each("a\n", "-j", "0", "--", "true").code()).isEqualTo(2);
        assertThat(each("a\n", "--retries", "-1", "--", "true").code()).isEqualTo(2);
        assertThat(each("a\n", "--timeout", "0s", "--", "true").code()).isEqualTo(2);
        assertThat(each("a\n", "--keep", "0s", "--", "true").code()).isEqualTo(2);
        assertThat(each("a\n", "--name", "a\nb", "--", "true").code()).isEqualTo(2);
        CommandRun missing = each("a\n", "--", "no-such-program");
        assertThat(missing.code()).isEqualTo(2);
        assertThat(missing.err()).contains("no-such-program").hasLineCount(1);
        assertThat(folder.resolve("jobs.db")).doesNotExist();
    }
}
