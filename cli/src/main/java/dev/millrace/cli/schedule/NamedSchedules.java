package dev.millrace.cli.schedule;

import dev.millrace.Millrace;
import dev.millrace.ScheduleHandle;
import dev.millrace.cli.Refusal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Doing something to schedules that are named. */
final class NamedSchedules {
    @Parameters(arity = "1..*", paramLabel = "NAME", description = "The schedules' names.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--json", description = "Print one JSON object a line for each schedule.")
    private boolean json;

    /**
     * What came of it.
     *
     * @param name of the fact, in JSON
     * @param value of it
     * @param words for people
     */
    record Done(String name, String value, String words) {}

    /** The schedule, which is there. */
    static ScheduleHandle known(ScheduleHandle schedule) {
        if (schedule.info().isEmpty()) {
            throw none(schedule.name());
        }
        return schedule;
    }

    /** That there is none of this name. */
    static Refusal none(String name) {
        return new Refusal("there is no schedule \"" + name + "\": see millrace schedule list");
    }

    /** Does it to each, in order, and gives the exit code. */
    int perform(Function<ScheduleHandle, Done> deed, ScheduleCommand schedules, CommandLine line) {
        try (Millrace millrace = schedules.main().store().openExisting()) {
            List<ScheduleHandle> handles =
                    new LinkedHashSet<>(names).stream().map(millrace::schedule).toList();
            for (ScheduleHandle handle : handles) {
                print(handle.name(), deed.apply(handle), line);
            }
        }
        return 0;
    }

    private void print(String schedule, Done done, CommandLine line) {
        if (json) {
            ObjectNode object = JsonMapper.shared().createObjectNode();
            object.put("name", schedule);
            object.put(done.name(), done.value());
            line.getOut().println(object);
        } else {
            line.getOut().println(done.words());
        }
    }
}
