package dev.millrace.cli;

import dev.millrace.JobInfo;
import dev.millrace.JobQuery;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.cli.out.Terminal;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Doing something to jobs: to those whose ids are given, or to all that fit a filter. */
final class BulkOptions {
    @Parameters(arity = "0..*", paramLabel = "ID", description = "The jobs' ids, or parts of them that no other has.")
    private List<String> ids = new ArrayList<>();

    @Mixin
    private JobFilter filter;

    @Option(names = "--yes", description = "Do it to all jobs of the filter without asking.")
    private boolean yes;

    @Option(names = "--json", description = "Print JSON: an object a line for each id, or one for all.")
    private boolean json;

    /**
     * What is to be done.
     *
     * @param verb "cancel"
     * @param done "cancelled"
     * @param operation to one job
     * @param all to those of a query; gives how many it was done to
     * @param states those that a filter means when it names none
     */
    record Deed(String verb, String done, Operation operation, ToLongFunction<JobQuery> all, Set<JobState> states) {}

    /** Does it, and gives the exit code. */
    int perform(Deed deed, Main main, CommandLine line) throws IOException {
        if (ids.isEmpty() == filter.isEmpty()) {
            throw new CommandLine.ParameterException(
                    line,
                    "which jobs? Give " + (ids.isEmpty() ? "" : "either ")
                            + "ids, or a filter such as --queue mail --state "
                            + (deed.verb().equals("retry") ? "failed." : "ready."));
        }
        filter.states(); // a mistake is told before the store is looked for
        try (Millrace millrace = main.store().openExisting()) {
            return ids.isEmpty() ? toAll(deed, millrace, main.terminal(), line) : toEach(deed, millrace, line);
        }
    }

    private int toEach(Deed deed, Millrace millrace, CommandLine line) {
        JobFinder finder = new JobFinder(millrace);
        int code = 0;
        for (String id : ids) {
            String problem;
            try {
                problem = toOne(deed, finder.find(id), millrace, line);
            } catch (Refusal e) {
                problem = e.getMessage();
            }
            if (problem != null) {
                line.getErr().println("millrace: " + problem);
                code = 1;
            }
        }
        return code;
    }

    private @Nullable String toOne(Deed deed, JobInfo job, Millrace millrace, CommandLine line) {
        OperationReport report = millrace.store().operate(deed.operation(), Filter.ids(Set.of(job.id())), null, 1);
        boolean requested = report.requested().contains(job.id());
        if (!requested && !report.done().contains(job.id())) {
            String reason = report.refused().getOrDefault(job.id(), "it is gone");
            return job.id() + " was not " + deed.done() + ": " + reason;
        }
        String done = requested ? "requested" : deed.done();
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("id", job.id().toString());
            object.put("outcome", done);
            line.getOut().println(object);
        } else {
            line.getOut().println(job.id() + (requested ? " runs, and is asked to stop" : " " + done));
        }
        return null;
    }

    private int toAll(Deed deed, Millrace millrace, Terminal terminal, CommandLine line) throws IOException {
        JobQuery query = filter.query(millrace, deed.states());
        if (!yes) {
            long count = query.count();
            if (!agreed("the filter fits", deed.verb(), count, terminal, line)) {
                return 1;
            }
        }
        long done = deed.all().applyAsLong(query);
        if (json) {
            line.getOut().println(JsonMapper.shared().createObjectNode().put(deed.done(), done));
        } else {
            line.getOut().println(done + " " + deed.done());
        }
        return 0;
    }

    /**
     * Asks a person whether to do it.
     *
     * @throws CommandLine.ParameterException when nobody can be asked: names {@code --yes}
     */
    static boolean agreed(String found, String verb, long count, Terminal terminal, CommandLine line)
            throws IOException {
        if (!terminal.typed() || !terminal.seen()) {
            throw new CommandLine.ParameterException(
                    line, found + " " + jobs(count) + ": add --yes to " + verb + (count == 1 ? " it." : " them."));
        }
        line.getOut().print(verb + " " + jobs(count) + "? [y/N] ");
        line.getOut().flush();
        String answer = new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8)).readLine();
        if (answer == null || !answer.strip().matches("(?i)y|yes")) {
            line.getErr().println("millrace: nothing was done");
            return false;
        }
        return true;
    }

    private static String jobs(long count) {
        return count + (count == 1 ? " job" : " jobs");
    }
}
