package dev.millrace.cli.look;

import dev.millrace.JobInfo;
import dev.millrace.Millrace;
import dev.millrace.Parents;
import dev.millrace.WorkflowHandle;
import dev.millrace.cli.JobFinder;
import dev.millrace.cli.Main;
import dev.millrace.cli.out.JobJson;
import dev.millrace.cli.out.JobSheet;
import dev.millrace.cli.out.Kinship;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.RunRecord;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Shows all that is known of a job. */
@Command(
        name = "show",
        description = "Show all that is known of a job: payload, result, errors, runs, log.",
        mixinStandardHelpOptions = true)
public final class ShowCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "ID", description = "The job's id, or any part of it that no other has.")
    private String id = "";

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        try (Millrace millrace = main.store().openToLook()) {
            JobInfo job = new JobFinder(millrace).find(id);
            JobTrail trail = millrace.store().trail(job.id());
            if (json) {
                spec.commandLine().getOut().println(json(job, trail, millrace.parents(job.id())));
            } else {
                new JobSheet(spec.commandLine().getOut(), main.terminal())
                        .print(
                                job,
                                trail,
                                new Kinship(millrace.parents(job.id()), workflow(millrace, job)),
                                millrace.store().now());
            }
        }
        return 0;
    }

    private static String workflow(Millrace millrace, JobInfo job) {
        return job.workflow()
                .flatMap(member -> millrace.workflow(member.workflow()))
                .map(WorkflowHandle::name)
                .orElse("");
    }

    private static ObjectNode json(JobInfo job, JobTrail trail, Parents parents) {
        ObjectNode json = JobJson.of(job);
        if (parents.size() > 0) {
            ArrayNode array = json.putArray("parents");
            parents.forEach(parent -> {
                ObjectNode object = array.addObject();
                object.put("id", parent.id().toString());
                object.put("name", parent.name());
                object.put("wish", JobJson.lower(parent.wish()));
                JobJson.put(
                        object, "verdict", parent.verdict().map(JobJson::lower).orElse(null));
            });
        }
        job.failure()
                .filter(failure -> !failure.stack().isEmpty())
                .ifPresent(failure -> json.put("stack", failure.stack()));
        JobJson.put(json, "keepUntil", job.record().times().keepUntil());
        json.put("snoozes", job.record().run().snoozes());
        json.put("rescues", job.record().run().rescues());
        ArrayNode runs = json.putArray("runs");
        for (RunRecord run : trail.runs()) {
            ObjectNode object = runs.addObject();
            object.put("token", run.token());
            object.put("attempt", run.attempt());
            object.put("worker", run.worker());
            object.put("startedAt", run.startedAt().toString());
            object.put("endedAt", run.endedAt().toString());
            object.put("end", JobJson.lower(run.end()));
            JobJson.put(
                    object,
                    "error",
                    run.failure() == null ? null : run.failure().toString());
        }
        ArrayNode log = json.putArray("log");
        for (LogLine line : trail.log()) {
            ObjectNode object = log.addObject();
            object.put("at", line.at().toString());
            object.put("text", line.text());
        }
        new TreeSet<>(trail.steps().keySet()).forEach(json.putArray("steps")::add);
        return json;
    }
}
