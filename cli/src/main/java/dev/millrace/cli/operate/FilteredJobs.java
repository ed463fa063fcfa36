package dev.millrace.cli.operate;

import dev.millrace.JobQuery;
import dev.millrace.Millrace;
import dev.millrace.cli.JobFilter;
import dev.millrace.cli.out.Terminal;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** Doing something to all jobs that fit a filter: it says how many they are, and asks. */
final class FilteredJobs {
    @Mixin
    private JobFilter filter;

    @Option(names = "--yes", description = "Do it to all jobs of the filter without asking.")
    private boolean yes;

    @Option(names = "--json", description = "Print JSON: an object a line for each id, or one that says how many.")
    private boolean json;

    JobFilter filter() {
        return filter;
    }

    boolean json() {
        return json;
    }

    /** Does it, and gives the exit code. */
    int perform(Deed deed, Millrace millrace, Terminal terminal, CommandLine line) throws IOException {
        JobQuery query = filter.query(millrace, deed.states());
        long count = -1;
        if (!yes) {
            count = query.count();
            Question question = new Question(terminal, line);
            if (!question.possible()) {
                throw new CommandLine.ParameterException(
                        line,
                        "the filter fits " + jobs(count) + ": add --yes to " + deed.verb()
                                + (count == 1 ? " it." : " them."));
            }
            if (count == 0) {
                line.getErr().println("millrace: no jobs like that, nothing was done");
                return 0;
            }
            if (!question.agreed(deed.verb() + " " + jobs(count) + "?")) {
                return 1;
            }
        }
        long done = deed.all().applyAsLong(query);
        if (json) {
            line.getOut().println(JsonMapper.shared().createObjectNode().put(deed.done(), done));
        } else {
            line.getOut().println((count < 0 || count == done ? done : done + " of " + count) + " " + deed.done());
        }
        return 0;
    }

    /** So many jobs, in words. */
    static String jobs(long count) {
        return String.format(Locale.ROOT, "%,d", count) + (count == 1 ? " job" : " jobs");
    }
}
