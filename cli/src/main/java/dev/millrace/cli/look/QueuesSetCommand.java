package dev.millrace.cli.look;

import dev.millrace.Millrace;
import dev.millrace.QueueHandle;
import dev.millrace.cli.Main;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.spi.Rate;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Sets a queue's limits. What is not named stays as it is. */
@Command(
        name = "set",
        description = "Limit how a queue's jobs start, on all workers together; prints its limits.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  millrace queues set mail --rate 100/1m --group customer=2",
            "  millrace queues set reports --fair",
            "  millrace queues set mail --rate off"
        })
final class QueuesSetCommand implements Callable<Integer> {
    @ParentCommand
    private QueuesCommand queues;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The queue.")
    private String name = "";

    @Option(
            names = "--rate",
            paramLabel = "RATE",
            description = "How many jobs start in a time: 100/1m, or 100/1m/20 with a burst; off for no limit.")
    private @Nullable String rate;

    @Option(
            names = "--fair",
            paramLabel = "N",
            arity = "0..1",
            fallbackValue = "" + QueueHandle.FAIR_SHARE,
            description = "Let keys of groups take turns: at most N jobs of each are ready or running (32 if left out);"
                    + " off for no turns.")
    private @Nullable String fair;

    @Option(
            names = "--group",
            paramLabel = "GROUP=N",
            description = "How many jobs of each key of a group run at once; off for no limit; may be repeated.")
    private Map<String, String> groups = new LinkedHashMap<>();

    @Option(
            names = "--group-rate",
            paramLabel = "GROUP=RATE",
            description = "How many jobs of each key of a group start in a time; off for no limit; may be repeated.")
    private Map<String, String> groupRates = new LinkedHashMap<>();

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        Main main = queues.main();
        // Read before the store is opened: a mistake changes nothing.
        UnaryOperator<QueueLimits> change = change();
        try (Millrace millrace = main.store().open()) {
            QueueHandle queue = millrace.queue(name);
            if (rate != null || fair != null || !groups.isEmpty() || !groupRates.isEmpty()) {
                queue.change(change);
            }
            print(queue.limits());
        }
        return 0;
    }

    private UnaryOperator<QueueLimits> change() {
        Rate newRate = rate == null ? null : read("--rate ", rate, LimitsText::rate);
        int share = fair == null ? 0 : read("--fair ", fair, LimitsText::jobs);
        Map<String, Integer> atOnce = new LinkedHashMap<>();
        groups.forEach((group, text) -> atOnce.put(group, read("--group " + group + "=", text, LimitsText::jobs)));
        Map<String, @Nullable Rate> rates = new LinkedHashMap<>();
        groupRates.forEach(
                (group, text) -> rates.put(group, read("--group-rate " + group + "=", text, LimitsText::rate)));
        return limits -> {
            QueueLimits changed = rate == null ? limits : limits.withRate(newRate);
            changed = fair == null ? changed : changed.withFair(share);
            for (Map.Entry<String, Integer> group : atOnce.entrySet()) {
                GroupLimits before = changed.groups().getOrDefault(group.getKey(), GroupLimits.NONE);
                changed = changed.withGroup(group.getKey(), new GroupLimits(group.getValue(), before.rate()));
            }
            for (Map.Entry<String, @Nullable Rate> group : rates.entrySet()) {
                GroupLimits before = changed.groups().getOrDefault(group.getKey(), GroupLimits.NONE);
                changed = changed.withGroup(group.getKey(), new GroupLimits(before.atOnce(), group.getValue()));
            }
            return changed;
        };
    }

    private <T extends @Nullable Object> T read(String option, String text, Function<String, T> reading) {
        try {
            return reading.apply(text);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), option + text + ": " + e.getMessage());
        }
    }

    private void print(QueueLimits limits) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("queue", name);
            object.set("limits", JsonMapper.shared().readTree(limits.encode()));
            out.println(object);
        } else {
            out.println(name + ": " + LimitsText.of(limits));
        }
    }
}
