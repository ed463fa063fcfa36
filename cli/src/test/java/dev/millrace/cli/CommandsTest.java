package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.out.Terminal;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/** The subcommands, all or only the one that is named. */
class CommandsTest {
    static CommandLine line(String... arguments) {
        return Main.commandLine(new Terminal(InputStream.nullInputStream(), false, false, 80, Map.of()), arguments);
    }

    static List<String> names() {
        return Commands.NAMES;
    }

    @ParameterizedTest
    @MethodSource("names")
    void a_command_has_the_name_that_it_is_found_by(String name) {
        CommandLine command = line(name).getSubcommands().get(name);

        assertThat(command.getCommandSpec().name()).isEqualTo(name);
        assertThat(command.getCommandSpec()
                        .userObject()
                        .getClass()
                        .getAnnotation(CommandLine.Command.class)
                        .name())
                .isEqualTo(name);
        if (!command.getCommandSpec().usageMessage().hidden()) {
            assertThat(command.getCommandSpec().usageMessage().description()).isNotEmpty();
        }
    }

    @Test
    void a_start_builds_the_command_that_is_named_alone() {
        assertThat(line("--store", "stats", "--debug", "list", "--limit", "3").getSubcommands())
                .containsOnlyKeys("list");
        assertThat(line("--store=x", "top").getSubcommands()).containsOnlyKeys("top");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--help", "lst", "completion"})
    void what_names_none_builds_all(String argument) {
        assertThat(line(argument).getSubcommands()).containsOnlyKeys(Commands.NAMES);
        assertThat(line("--help", "list").getSubcommands()).containsOnlyKeys(Commands.NAMES);
    }

    @Test
    void help_lists_every_command_once_under_the_heading_of_its_group() {
        String usage = line().getUsageMessage(Ansi.OFF);
        List<String> lines = usage.lines().toList();

        assertThat(lines).allMatch(text -> text.length() <= 80).doesNotContain("Commands:");
        assertThat(lines).containsSubsequence("Options:", "Run:", "Look:", "Mend:", "Keep:", "Set up and try:");
        for (CommandLine command : line().getSubcommands().values()) {
            String name = command.getCommandName();
            boolean hidden = command.getCommandSpec().usageMessage().hidden();
            assertThat(lines.stream().filter(text -> text.matches("  " + name + " +\\S.*")))
                    .as(name)
                    .hasSize(hidden ? 0 : 1);
        }
        assertThat(usage).containsSubsequence("Look:", "  health  ", "Mend:", "  retry  ", "Keep:", "  prune  ");
    }

    @Test
    void a_command_that_is_mistyped_is_told_the_nearest() {
        StringWriter err = new StringWriter();
        CommandLine line = line("quues");
        line.setErr(new PrintWriter(err, true));

        assertThat(line.execute("quues")).isEqualTo(2);

        assertThat(err.toString()).contains("queues").hasLineCount(1);
    }

    @Test
    void what_prints_data_prints_json_too() {
        List<CommandLine> commands = new ArrayList<>(line().getSubcommands().values());
        CommandLine schedule = line().getSubcommands().get("schedule"); // only holds others
        commands.removeIf(command -> command.getCommandName().equals("schedule"));
        commands.addAll(schedule.getSubcommands().values());
        for (CommandLine command : commands) {
            CommandSpec spec = command.getCommandSpec();
            boolean shown =
                    List.of("worker", "workflow", "lock", "top", "completion").contains(spec.name())
                            || spec.usageMessage().hidden();
            assertThat(spec.findOption("--json") != null).as(spec.name()).isEqualTo(!shown);
        }
        assertThat(line().getSubcommands().get("workflow").getSubcommands().values())
                .allSatisfy(command -> assertThat(command.getCommandSpec().findOption("--json"))
                        .isNotNull());
    }
}
