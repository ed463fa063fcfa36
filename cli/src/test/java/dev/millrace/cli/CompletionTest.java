package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void commands_options_and_states_are_completed(String shell) {
        CommandRun run = CommandRun.of("completion", shell);

        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("run-now", "reprioritize", "queues", "quiet", "older-than", "scheduled", "cancelled")
                .doesNotContain("bench-worker");
    }

    @Test
    void another_shell_is_an_error_that_names_those_that_are_known() {
        CommandRun run = CommandRun.of("completion", "tcsh");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("bash, zsh and fish");
        assertThat(CommandRun.of("completion").code()).isEqualTo(2);
    }

    @Test
    void bash_itself_completes_with_it() throws Exception {
        Path script = folder.resolve("millrace.bash");
        Files.writeString(script, CommandRun.of("completion", "bash").out());

        assertThat(complete(script, "millrace", "que")).containsExactly("queues");
        assertThat(complete(script, "millrace", "list", "--st")).contains("--state", "--store");
        assertThat(complete(script, "millrace", "list", "--state", "sc")).containsExactly("scheduled");
        assertThat(complete(script, "millrace", "workers", "qu")).containsExactly("quiet");
    }

    /** What bash would offer for the last of these words. */
    private List<String> complete(Path script, String... words) throws Exception {
        String program = "compopt() { :; }; source " + script + "; COMP_WORDS=(" + String.join(" ", words)
                + "); COMP_CWORD=" + (words.length - 1) + "; _complete_millrace; printf '%s\\n' \"${COMPREPLY[@]}\"";
        Path output = folder.resolve("completions");
        Process bash = new ProcessBuilder("bash", "--norc", "-c", program)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(bash.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return Files.readString(output, StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .toList();
    }
}
