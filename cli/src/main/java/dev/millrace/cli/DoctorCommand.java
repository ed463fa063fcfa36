package dev.millrace.cli;

import dev.millrace.Millrace;
import dev.millrace.cli.out.FindingSheet;
import dev.millrace.cli.out.JobJson;
import dev.millrace.spi.Examination;
import dev.millrace.spi.Finding;
import dev.millrace.spi.StoreInfo;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Looks at what hurts queues, and says what to do. */
@Command(
        name = "doctor",
        description =
                "Look at what hurts queues or loses jobs, and say what to do about it. Exit code 1 when something is.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        try (Millrace millrace = main.store().openToLook()) {
            Examination examination = millrace.examine();
            StoreInfo info = millrace.store().info();
            if (json) {
                spec.commandLine().getOut().println(json(examination, info));
            } else {
                new FindingSheet(spec.commandLine().getOut(), main.terminal())
                        .print(examination, main.store().shown() + ", " + info.engine() + " " + info.version());
            }
            boolean hurts = examination
                    .worst()
                    .filter(worst -> worst != Finding.Severity.NOTE)
                    .isPresent();
            return hurts ? 1 : 0;
        }
    }

    private ObjectNode json(Examination examination, StoreInfo info) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("store", main.store().shown());
        json.put("engine", info.engine());
        json.put("version", info.version());
        examination.looked().forEach(json.putArray("looked")::add);
        ArrayNode findings = json.putArray("findings");
        for (Finding finding : examination.findings()) {
            findings.addObject()
                    .put("code", finding.code())
                    .put("severity", JobJson.lower(finding.severity()))
                    .put("what", finding.what())
                    .put("why", finding.why())
                    .put("remedy", finding.remedy());
        }
        return json;
    }
}
