package dev.millrace.cli.completion;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The completion of fish, from the model of the command. */
final class FishScript {
    /** Says whether the words so far begin with these commands, or whether there is no command yet. */
    private static final String WHERE = """
            function __millrace_at
                set -l words (commandline -opc)
                set -e words[1]
                set -l path
                while set -q words[1]
                    switch $words[1]
                        case %s
                            set -e words[1]
                        case '-*'
                        case '*'
                            set -a path $words[1]
                    end
                    set -e words[1]
                end
                if not set -q argv[1]
                    not set -q path[1]
                else
                    set -l depth (count $argv)
                    test "$path[1..$depth]" = "$argv"
                end
            end
            """;

    private final CommandSpec root;
    private final TreeSet<String> valued = new TreeSet<>();
    private final List<String> lines = new ArrayList<>();

    FishScript(CommandSpec root) {
        this.root = root;
    }

    /** The script. */
    String text() {
        lines.add("complete -c millrace -f");
        command(root, "");
        String names = valued.stream().map(FishScript::quoted).collect(Collectors.joining(" "));
        return "# millrace completion for fish\n" + WHERE.formatted(names) + String.join("\n", lines) + "\n";
    }

    private void command(CommandSpec command, String path) {
        String where = "complete -c millrace -n " + quoted(("__millrace_at " + path).strip());
        for (Map.Entry<String, CommandLine> each : command.subcommands().entrySet()) {
            CommandSpec subcommand = each.getValue().getCommandSpec();
            if (!subcommand.usageMessage().hidden()) {
                lines.add(where + " -a " + quoted(each.getKey()) + " -d "
                        + quoted(first(subcommand.usageMessage().description())));
            }
        }
        for (OptionSpec option : command.options()) {
            if (!option.hidden()) {
                lines.add(where + option(option));
            }
        }
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            String values = values(parameter);
            if (!values.isEmpty()) {
                lines.add(where + " -a " + quoted(values) + " -d " + quoted(first(parameter.description())));
            }
        }
        for (Map.Entry<String, CommandLine> each : command.subcommands().entrySet()) {
            if (!each.getValue().getCommandSpec().usageMessage().hidden()) {
                command(each.getValue().getCommandSpec(), (path + " " + each.getKey()).strip());
            }
        }
    }

    private String option(OptionSpec option) {
        StringBuilder line = new StringBuilder();
        boolean takesValue = option.arity().max() > 0;
        for (String name : option.names()) {
            line.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
            if (takesValue) {
                valued.add(name);
            }
        }
        if (takesValue) {
            String values = values(option);
            line.append(values.isEmpty() ? " -r -F" : " -x -a " + quoted(values));
        }
        return line + " -d " + quoted(first(option.description()));
    }

    private static String values(ArgSpec argument) {
        List<String> values = new ArrayList<>();
        if (argument.completionCandidates() != null) {
            argument.completionCandidates().forEach(values::add);
        }
        return String.join(" ", values);
    }

    /** The first sentence. */
    private static String first(String[] description) {
        return String.join(" ", description)
                .replace("%n", " ")
                .replace("%%", "%")
                .replaceFirst("(?s)[.:;] .*", "")
                .replaceFirst("\\.$", "");
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
