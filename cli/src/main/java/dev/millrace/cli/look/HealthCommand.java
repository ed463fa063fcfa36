package dev.millrace.cli.look;

import dev.millrace.Health;
import dev.millrace.Millrace;
import dev.millrace.StoreException;
import dev.millrace.cli.Main;
import dev.millrace.cli.out.JobJson;
import dev.millrace.cli.out.Style;
import dev.millrace.spi.StoreAddress;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Says whether all is well, for people and for monitors. */
@Command(
        name = "health",
        description = "Say whether all is well, and why not. Exit code 0 when it is healthy, 1 when it is not.",
        mixinStandardHelpOptions = true)
public final class HealthCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        StoreAddress.parse(main.store().address()); // a mistake is wrong usage, not a sick store
        Health health = look();
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                json ? json(health).toString() : line(health, main.terminal().colours()));
        return health.status() == Health.Status.HEALTHY ? 0 : 1;
    }

    private Health look() {
        try (Millrace millrace = main.store().openToLook()) {
            return millrace.health();
        } catch (StoreException e) {
            return new Health(Health.Status.UNHEALTHY, 0, List.of("the store cannot be opened: " + e.getMessage()));
        }
    }

    /** The health as a JSON object. */
    static ObjectNode json(Health health) {
        ObjectNode state = JsonMapper.shared().createObjectNode();
        state.put("status", JobJson.lower(health.status()));
        state.put("score", health.score());
        health.reasons().forEach(state.putArray("reasons")::add);
        return state;
    }

    /** The health in one line. */
    public static String line(Health health, boolean colours) {
        Style style = switch (health.status()) {
            case HEALTHY -> Style.GREEN;
            case DEGRADED -> Style.YELLOW;
            case UNHEALTHY -> Style.RED;
        };
        return style.of(JobJson.lower(health.status()) + " (" + health.score() + ")", colours)
                + (health.reasons().isEmpty() ? "" : ": " + String.join("; ", health.reasons()));
    }
}
