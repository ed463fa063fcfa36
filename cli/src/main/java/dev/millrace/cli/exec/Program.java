package dev.millrace.cli.exec;

import dev.millrace.JobContext;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A program that runs the jobs of a kind.
 *
 * @param kind the kind
 * @param command the program and its arguments
 */
public record Program(String kind, List<String> command) {

    /**
     * Reads {@code kind=command arguments}. The command is run as it is, without a shell: words are split at white space, and
     * there are no quotes. What needs more goes into a script.
     *
     * @param path where to look for programs named without a folder: the value of PATH
     * @throws IllegalArgumentException when it has another form, or there is no such program
     */
    public static Program parse(String text, String path) {
        int equals = text.indexOf('=');
        String kind = equals < 0 ? "" : text.substring(0, equals).strip();
        String command = text.substring(equals + 1).strip();
        if (kind.isEmpty() || command.isEmpty()) {
            throw new IllegalArgumentException(
                    "--exec \"" + text + "\" does not say which program runs which kind: write"
                            + " --exec kind=./program, with arguments if need be: --exec 'kind=./program --fast'");
        }
        List<String> words = Arrays.asList(command.split("\\s+"));
        refuseMissing(words.get(0), path);
        return new Program(kind, List.copyOf(words));
    }

    /**
     * Checks that there is such a program.
     *
     * @param path where to look for one named without a folder: the value of PATH
     * @throws IllegalArgumentException when there is none
     */
    public static void refuseMissing(String program, String path) {
        if (program.contains(File.separator)) {
            Path file = Path.of(program);
            if (!Files.isRegularFile(file)) {
                throw new IllegalArgumentException("there is no program " + program + ": check the path");
            }
            if (!Files.isExecutable(file)) {
                throw new IllegalArgumentException(program + " may not be executed: chmod +x " + program);
            }
            return;
        }
        boolean found = Arrays.stream(path.split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
        if (!found) {
            String hint = Files.exists(Path.of(program)) ? ": write ./" + program : ": check the name";
            throw new IllegalArgumentException("there is no program " + program + " in the PATH" + hint);
        }
    }

    /** Tells a program by its environment which job it runs, and at which tick of a schedule and in which workflow if so. */
    static void tell(Map<String, String> environment, JobContext job) {
        environment.put("MILLRACE_JOB_ID", job.id().toString());
        environment.put("MILLRACE_KIND", job.kind());
        environment.put("MILLRACE_QUEUE", job.queue());
        environment.put("MILLRACE_ATTEMPT", Integer.toString(job.attempt()));
        put(environment, "MILLRACE_TICK", job.scheduledFor().map(Instant::toString));
        put(
                environment,
                "MILLRACE_WORKFLOW",
                job.workflow().map(workflow -> workflow.id().toString()));
    }

    /** What is not said is taken out: the worker may itself have been started by a job. */
    private static void put(Map<String, String> environment, String name, Optional<String> value) {
        value.ifPresentOrElse(text -> environment.put(name, text), () -> environment.remove(name));
    }
}
