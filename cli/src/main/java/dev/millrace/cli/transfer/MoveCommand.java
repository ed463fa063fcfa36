package dev.millrace.cli.transfer;

import dev.millrace.Millrace;
import dev.millrace.MoveReport;
import dev.millrace.cli.Main;
import dev.millrace.cli.StoreChoice;
import dev.millrace.cli.out.Durations;
import dev.millrace.spi.StoreAddress;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Carries everything from one store to another and compares the two. */
@Command(
        name = "move",
        description = {
            "Carry all jobs, with their history, and all settings from one store to another, then compare the two.",
            "",
            "Stop the workers of both first. FROM is left as it is, and what TO holds already is not overwritten. A move that"
                    + " was broken off goes on when it is run again."
        },
        mixinStandardHelpOptions = true)
public final class MoveCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FROM", description = "The store to read, as in sqlite:jobs.db.")
    private String from = "";

    @Parameters(
            index = "1",
            paramLabel = "TO",
            description = "The store to fill, as in postgresql://user@host/database; it is made if it is not there.")
    private String to = "";

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        if (main.storeGiven()) {
            throw new IllegalArgumentException("move takes both stores as its arguments, and no --store: millrace move "
                    + StoreAddress.parse(from).shown() + " "
                    + StoreAddress.parse(to).shown());
        }
        refuseMemory(from);
        refuseMemory(to);
        StoreChoice source = main.store(from);
        StoreChoice target = main.store(to);
        PrintWriter out = spec.commandLine().getOut();
        MoveReport report;
        try (ProgressLine progress = new ProgressLine(spec.commandLine().getErr(), main.terminal());
                Millrace here = source.openExisting();
                Millrace there = target.open()) {
            report = here.moveTo(there, progress);
        }
        if (json) {
            out.println(json(report, source, target));
        } else {
            print(report, source, target, out);
        }
        return 0;
    }

    private static void refuseMemory(String address) {
        if (StoreAddress.parse(address).scheme().equals("memory")) {
            throw new IllegalArgumentException(
                    "a memory: store lives inside one program and ends with it, so this command"
                            + " can neither find jobs in one nor leave any there. Move to a file or a server, as in sqlite:jobs.db; a"
                            + " program moves its own memory: store by Millrace.moveTo");
        }
    }

    private static void print(MoveReport report, StoreChoice source, StoreChoice target, PrintWriter out) {
        out.printf(
                "%,d jobs and %,d notes of %s are in %s and alike (%,d were new), in %s%n",
                report.jobs(),
                report.notes(),
                source.shown(),
                target.shown(),
                report.taken(),
                Durations.human(report.took()));
        if (report.others() > 0) {
            out.printf("%,d more were there already, from elsewhere%n", report.others());
        }
        out.println("digest " + report.digest());
        out.println("Nothing was deleted: start no workers on the old store, or its jobs run twice.");
    }

    private static ObjectNode json(MoveReport report, StoreChoice source, StoreChoice target) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("from", source.shown());
        json.put("to", target.shown());
        json.put("jobs", report.jobs());
        json.put("notes", report.notes());
        json.put("taken", report.taken());
        json.put("others", report.others());
        json.put("bytes", report.bytes());
        json.put("digest", report.digest());
        json.put("tookMillis", report.took().toMillis());
        return json;
    }
}
