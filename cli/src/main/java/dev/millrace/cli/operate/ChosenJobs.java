package dev.millrace.cli.operate;

import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.cli.JobFinder;
import dev.millrace.cli.Main;
import dev.millrace.cli.ParentNames;
import dev.millrace.cli.Refusal;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Doing something to jobs: to those whose ids are given, or to all that fit a filter. */
final class ChosenJobs {
    @Parameters(arity = "0..*", paramLabel = "ID", description = "The jobs' ids, or parts of them that no other has.")
    private List<String> ids = new ArrayList<>();

    @Mixin
    private FilteredJobs filtered;

    /** The states that the filter names; empty for none. */
    Set<JobState> states() {
        return filtered.filter().states();
    }

    /** Does it, and gives the exit code. */
    int perform(Deed deed, Main main, CommandLine line) throws IOException {
        if (ids.isEmpty() == filtered.filter().isEmpty()) {
            throw new CommandLine.ParameterException(
                    line,
                    "which jobs? Give " + (ids.isEmpty() ? "" : "either ")
                            + "ids, or a filter such as --queue mail --state "
                            + (deed.verb().equals("retry") ? "failed." : "ready."));
        }
        states(); // a mistake is told before the store is looked for
        try (Millrace millrace = main.store().openExisting()) {
            return ids.isEmpty()
                    ? filtered.perform(deed, millrace, main.terminal(), line)
                    : toEach(deed, millrace, line);
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
        boolean requested = false;
        for (Operation operation : deed.one().apply(job.state())) {
            OperationReport report = millrace.operate(operation, Filter.ids(Set.of(job.id())), null, 1);
            requested = report.requested().contains(job.id());
            if (!requested && !report.done().contains(job.id())) {
                String reason = report.refused().getOrDefault(job.id(), "it is gone");
                return job.id() + " was not " + deed.done() + ": " + ParentNames.in(reason, job.id(), millrace);
            }
        }
        String done = requested ? "requested" : deed.done();
        if (filtered.json()) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("id", job.id().toString());
            object.put("outcome", done);
            line.getOut().println(object);
        } else {
            line.getOut().println(job.id() + (requested ? " runs, and is asked to stop" : " " + done));
        }
        return null;
    }
}
