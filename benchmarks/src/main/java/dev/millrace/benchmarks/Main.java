package dev.millrace.benchmarks;

import dev.millrace.benchmarks.vacuum.VacuumCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command behind {@code benchmarks/run}. */
@Command(
        name = "benchmarks/run",
        description = "Measures on this machine. All that it starts ends with it.",
        mixinStandardHelpOptions = true,
        subcommands = VacuumCommand.class)
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }
}
