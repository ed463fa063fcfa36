package dev.millrace.benchmarks;

import dev.millrace.benchmarks.postgres.PostgresCommand;
import dev.millrace.benchmarks.vacuum.VacuumCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command behind {@code benchmarks/run}. */
@Command(
        name = "benchmarks/run",
        description = "Measures on this machine. All that it starts ends with it.",
        mixinStandardHelpOptions = true,
        subcommands = {PostgresCommand.class, VacuumCommand.class})
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    private Main() {}

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what is to be measured? Name a command");
    }

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main())
                .setExecutionExceptionHandler((e, command, result) -> {
                    if (e instanceof IllegalArgumentException || e instanceof IllegalStateException) {
                        System.err.println("benchmarks: " + e.getMessage());
                        return e instanceof IllegalArgumentException ? 2 : 1;
                    }
                    throw e;
                })
                .execute(arguments));
    }
}
