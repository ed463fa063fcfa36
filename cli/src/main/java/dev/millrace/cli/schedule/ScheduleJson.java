package dev.millrace.cli.schedule;

import dev.millrace.ScheduleInfo;
import dev.millrace.cli.out.JobJson;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A schedule as one JSON object: what {@code --json} prints. What is absent is left out; times are ISO-8601 in UTC. */
final class ScheduleJson {
    private ScheduleJson() {}

    static ObjectNode of(ScheduleInfo schedule) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("name", schedule.name());
        json.put("kind", schedule.kind());
        json.put("queue", schedule.queue());
        json.set(
                "recurrence", JsonMapper.shared().readTree(schedule.recurrence().toJson()));
        json.put("paused", schedule.paused());
        JobJson.put(json, "nextTick", schedule.nextTick().orElse(null));
        JobJson.put(json, "lastTick", schedule.lastTick().orElse(null));
        JobJson.put(json, "leftOut", schedule.leftOut().orElse(null));
        schedule.lastJob().ifPresent(job -> json.put("lastJob", job.toString()));
        return json;
    }

    /** The same, with more ticks and with what the jobs are. */
    static ObjectNode detailed(ScheduleInfo schedule, int ticks) {
        ObjectNode json = of(schedule);
        schedule.nextTicks(ticks).forEach(tick -> json.withArray("nextTicks").add(tick.toString()));
        json.put("priority", schedule.job().priority());
        var labels = schedule.job().labels();
        if (!labels.tags().isEmpty()) {
            new TreeSet<>(labels.tags()).forEach(json.putArray("tags")::add);
        }
        if (!labels.meta().isEmpty()) {
            new TreeMap<>(labels.meta()).forEach(json.putObject("meta")::put);
        }
        json.set("payload", JobJson.payload(schedule));
        return json;
    }
}
