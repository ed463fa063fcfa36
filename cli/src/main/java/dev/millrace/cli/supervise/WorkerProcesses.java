package dev.millrace.cli.supervise;

import dev.millrace.cli.ChildJvm;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * Starts worker processes that are given what this command was given. Each reads its input, which is a pipe from here: it
 * stops when the pipe ends, so none outlives the supervisor.
 *
 * @param store the store's address
 * @param name what workers are called, followed by their number; empty for the usual names
 * @param environment what else they find in their environment
 * @param jvmOptions options of their Java
 * @param arguments of the worker command
 */
public record WorkerProcesses(
        String store, String name, Map<String, String> environment, List<String> jvmOptions, List<String> arguments)
        implements Supervisor.Launch {
    /** What is the supervisor's to mind, or is given in another way. */
    private static final Set<String> OURS = Set.of("--processes", "--run-for", "--store", "--name", "--config");

    /** Two debuggers cannot listen at one port, and a child's terminal is not ours to promise. */
    private static final List<String> NOT_FOR_CHILDREN = List.of("-agentlib:jdwp", "-Xrunjdwp", "-Dmillrace.tty.");

    /** Shares of the machine's memory: the processes get them together. */
    private static final Pattern SHARE = Pattern.compile("(-XX:(?:Initial|Min|Max)RAMPercentage=)([0-9.]+)");

    /**
     * With the options that this command was given.
     *
     * @param processes how many there will be
     */
    public static WorkerProcesses like(
            ParseResult given, int processes, String store, String name, Map<String, String> environment) {
        List<String> arguments = new ArrayList<>();
        for (OptionSpec option : given.matchedOptions()) {
            if (OURS.contains(option.longestName())) {
                continue;
            }
            if (option.arity().max() == 0) {
                arguments.add(option.longestName());
            } else {
                option.originalStringValues().forEach(value -> arguments.add(option.longestName() + "=" + value));
            }
        }
        List<String> jvmOptions = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> NOT_FOR_CHILDREN.stream().noneMatch(option::startsWith))
                .map(option -> shared(option, processes))
                .toList();
        return new WorkerProcesses(store, name, environment, jvmOptions, arguments);
    }

    /** The option of one of so many processes. */
    static String shared(String option, int processes) {
        Matcher share = SHARE.matcher(option);
        return share.matches() ? share.group(1) + Double.parseDouble(share.group(2)) / processes : option;
    }

    @Override
    public Process start(int number) throws IOException {
        List<String> all = new ArrayList<>(List.of("worker", "--supervised"));
        all.addAll(arguments);
        if (!name.isEmpty()) {
            all.add("--name=" + name + "-" + number);
        }
        ProcessBuilder builder = ChildJvm.of(jvmOptions, store, all.toArray(String[]::new))
                .redirectOutput(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        return builder.start();
    }
}
