package dev.millrace.cli.operate;

import dev.millrace.Millrace;
import dev.millrace.QueueHandle;
import dev.millrace.cli.Main;
import dev.millrace.spi.JobCount;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Pausing queues, and taking it back. */
final class PausingQueues {
    @Parameters(arity = "1..*", paramLabel = "QUEUE", description = "The queues' names.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--json", description = "Print one JSON object a line for each queue.")
    private boolean json;

    /** Whether workers may claim from a queue. */
    enum Wish {
        PAUSED {
            @Override
            void on(QueueHandle queue) {
                queue.pause();
            }
        },
        RESUMED {
            @Override
            void on(QueueHandle queue) {
                queue.resume();
            }
        };

        abstract void on(QueueHandle queue);
    }

    /** Does it, and gives the exit code. A queue that is so already is left so. */
    int perform(Wish wish, Main main, CommandLine line) {
        try (Millrace millrace = main.store().openExisting()) {
            List<QueueHandle> queues =
                    new LinkedHashSet<>(names).stream().map(millrace::queue).toList();
            Set<String> known =
                    millrace.store().counts().stream().map(JobCount::queue).collect(Collectors.toSet());
            for (QueueHandle queue : queues) {
                boolean changes = queue.paused() != (wish == Wish.PAUSED);
                wish.on(queue);
                print(queue.name(), wish, changes, line);
                if (changes && !known.contains(queue.name())) {
                    line.getErr()
                            .println("millrace: no job was ever stored in queue \"" + queue.name()
                                    + "\": see millrace queues for the names");
                }
            }
        }
        return 0;
    }

    private void print(String queue, Wish wish, boolean changes, CommandLine line) {
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("queue", queue);
            object.put("paused", wish == Wish.PAUSED);
            object.put("changed", changes);
            line.getOut().println(object);
        } else if (wish == Wish.PAUSED) {
            line.getOut().println(queue + (changes ? " paused" : " was paused already"));
        } else {
            line.getOut().println(queue + (changes ? " resumed" : " was not paused"));
        }
    }
}
