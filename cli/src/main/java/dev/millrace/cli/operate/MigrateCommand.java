package dev.millrace.cli.operate;

import dev.millrace.Millrace;
import dev.millrace.cli.Main;
import dev.millrace.spi.LayoutPlan;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Brings the layout of what is stored to the current version. */
@Command(
        name = "migrate",
        description =
                "Bring the layout of what is stored to this version, and make it where there is none. Every command that"
                        + " changes something does so by itself; this one does nothing else.",
        mixinStandardHelpOptions = true)
public final class MigrateCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--print",
            description = "Do nothing, and print what would be done: SQL, or the steps in the engine's own form.")
    private boolean print;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        LayoutPlan plan = Millrace.builder(main.store().address()).layout();
        if (print) {
            print(plan, plan.present());
            return 0;
        }
        try (Millrace millrace = main.store().open()) {
            int after = Math.max(plan.present(), millrace.store().info().schema());
            if (json) {
                print(plan, after);
            } else {
                spec.commandLine().getOut().println(told(plan, after));
            }
        }
        return 0;
    }

    private void print(LayoutPlan plan, int after) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("store", main.store().shown());
            object.put("before", plan.present());
            object.put("after", after);
            object.put("current", plan.current());
            if (print) {
                object.put("script", plan.script());
            }
            out.println(object);
        } else if (plan.script().isEmpty()) {
            spec.commandLine().getErr().println("millrace: " + told(plan, plan.present()));
        } else {
            out.print(plan.script());
            out.flush();
        }
    }

    private String told(LayoutPlan plan, int after) {
        String store = main.store().shown();
        if (plan.present() > plan.current()) {
            return store + " has layout " + plan.present() + ", newer than this version's " + plan.current()
                    + ", and can be used: nothing to do";
        }
        if (plan.script().isEmpty()) {
            return store + " has layout " + plan.present() + ", which is current: nothing to do";
        }
        return plan.present() == 0
                ? store + " has layout " + after + " now; there was none"
                : store + " has layout " + after + " now; it was " + plan.present();
    }
}
