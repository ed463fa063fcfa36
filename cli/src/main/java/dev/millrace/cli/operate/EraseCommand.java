package dev.millrace.cli.operate;

import dev.millrace.EraseReport;
import dev.millrace.Millrace;
import dev.millrace.cli.Main;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Erases all jobs of a tag. */
@Command(
        name = "erase",
        description =
                "Erase all jobs with a tag, finished or not, with payloads, results, errors, logs and runs. Running ones are"
                        + " asked to stop: erase again once they have ended.",
        mixinStandardHelpOptions = true)
public final class EraseCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--tag", required = true, paramLabel = "TAG", description = "The tag, as in user:7.")
    private String tag = "";

    @Option(names = "--yes", description = "Do it without asking.")
    private boolean yes;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        CommandLine line = spec.commandLine();
        try (Millrace millrace = main.store().openExisting()) {
            if (!yes) {
                String jobs = FilteredJobs.jobs(millrace.jobs().tag(tag).count());
                Question question = new Question(main.terminal(), line);
                if (!question.possible()) {
                    throw new CommandLine.ParameterException(
                            line, "the tag is on " + jobs + ": add --yes to erase what has it.");
                }
                if (!question.agreed("erase " + jobs + "?")) {
                    return 1;
                }
            }
            EraseReport report = millrace.erase(tag);
            if (json) {
                ObjectNode object = JsonMapper.shared().createObjectNode();
                object.put("tag", report.tag());
                object.put("erased", report.erased());
                object.put("remaining", report.remaining());
                line.getOut().println(object);
            } else {
                line.getOut().println(report.erased() + " erased");
            }
            if (!report.complete()) {
                line.getErr()
                        .println(
                                "millrace: " + report.remaining() + (report.remaining() == 1 ? " job" : " jobs")
                                        + " of the tag remain: those that run were asked to stop; erase again once they have ended");
            }
            return report.complete() ? 0 : 1;
        }
    }
}
