package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/**
 * Keeps docs/commands.md what the commands' own help says. After a change of a command, {@code mvn -B -pl cli -am test
 * -Dtest=CommandsPageTest -Dsurefire.failIfNoSpecifiedTests=false -Dmillrace.docs.write=true} writes it anew.
 */
class CommandsPageTest {
    private static final String INTRODUCTION = """
            # Commands

            Every command with every option, as `millrace COMMAND --help` prints it. [Operating](operating.md) says when to use
            which. This page is written by a test from the commands themselves.

            """;

    @Test
    void the_page_shows_the_help_of_every_command() throws IOException {
        Path page = root().resolve("docs/commands.md");
        String expected =
                INTRODUCTION + section("millrace", CommandsTest.line()) + "\nRead on: [Operating](operating.md).\n";
        if (Boolean.getBoolean("millrace.docs.write")) {
            Files.writeString(page, expected);
        }

        assertThat(Files.readString(page))
                .as("docs/commands.md; -Dmillrace.docs.write=true writes it anew")
                .isEqualTo(expected);
    }

    @Test
    void the_page_on_operating_has_a_row_for_every_command() throws IOException {
        String rows = Files.readString(root().resolve("docs/operating.md"))
                .lines()
                .filter(line -> line.startsWith("| "))
                .collect(Collectors.joining("\n"));

        assertThat(Commands.GROUPS.stream().flatMap(group -> group.names().stream()))
                .allSatisfy(name -> assertThat(rows).containsPattern("`millrace " + name + "[ `]"));
    }

    private static String section(String name, CommandLine command) {
        command.setUsageHelpWidth(100);
        StringBuilder text = new StringBuilder("## ")
                .append(name)
                .append("\n\n```text\n")
                .append(command.getUsageMessage(Ansi.OFF)
                        .replaceAll("[ \\t]+\\R", "\n")
                        .strip())
                .append("\n```\n");
        for (CommandLine each : command.getSubcommands().values()) {
            if (!each.getCommandSpec().usageMessage().hidden()) {
                text.append('\n').append(section(each.getCommandSpec().qualifiedName(), each));
            }
        }
        return text.toString();
    }

    /** The folder of the whole project, from whichever module the test is run. */
    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(folder.resolve("docs/operating.md"))) {
            folder = folder.getParent();
            assertThat(folder).as("a folder above with docs/operating.md").isNotNull();
        }
        return folder;
    }
}
