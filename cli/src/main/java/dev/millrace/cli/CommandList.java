package dev.millrace.cli;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.IHelpSectionRenderer;

/** The commands in help, under the headings of their groups, all with the same columns. */
final class CommandList implements IHelpSectionRenderer {
    private static final int INDENT = 2;

    @Override
    public String render(Help help) {
        Map<String, Help> known = help.subcommands(); // without hidden ones
        int names = known.keySet().stream().mapToInt(String::length).max().orElse(0) + INDENT;
        StringBuilder text = new StringBuilder();
        for (Commands.Group group : Commands.GROUPS) {
            List<String> members =
                    group.names().stream().filter(known::containsKey).toList();
            if (!members.isEmpty()) {
                text.append(help.createHeading("%n" + group.heading() + ":%n"));
                text.append(table(help, members, names));
            }
        }
        return text.toString();
    }

    private static TextTable table(Help help, List<String> members, int names) {
        int width = help.commandSpec().usageMessage().width();
        TextTable table = TextTable.forColumns(
                help.colorScheme(),
                new Column(names, INDENT, Overflow.SPAN),
                new Column(width - names, INDENT, Overflow.WRAP));
        for (String name : members) {
            Help command = Objects.requireNonNull(help.subcommands().get(name));
            String[] description = command.commandSpec().usageMessage().description();
            table.addRowValues(
                    help.colorScheme().commandText(name),
                    help.colorScheme().text(description.length == 0 ? "" : description[0]));
        }
        return table;
    }
}
