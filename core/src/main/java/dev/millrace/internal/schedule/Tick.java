package dev.millrace.internal.schedule;

import dev.millrace.internal.schedule.Schedule.Template;
import dev.millrace.spi.Due;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Labels;
import dev.millrace.spi.NewJob;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What makes a job of a schedule. Its job has the tag "schedule:NAME", by which it is found, and in its metadata the schedule's
 * name and the tick's time.
 */
public final class Tick {
    /** What the tag begins with. */
    public static final String TAG = "schedule:";

    private static final String SCHEDULE = "millrace.schedule";
    private static final String TIME = "millrace.tick";

    private Tick() {}

    /** The job of a tick: whoever makes it, it has the same id. */
    static NewJob job(Schedule schedule, Instant tick) {
        UUID id = TickIds.of(schedule.name(), schedule.life(), tick);
        return job(schedule, id, Map.of(SCHEDULE, schedule.name(), TIME, tick.toString()));
    }

    /** A job that is made by hand, at no tick. */
    public static NewJob byHand(Schedule schedule, UUID id) {
        return job(schedule, id, Map.of(SCHEDULE, schedule.name())).withFreshId();
    }

    private static NewJob job(Schedule schedule, UUID id, Map<String, String> meta) {
        Template template = schedule.template();
        Duration expiry = template.expiry();
        JobSpec spec = template.spec();
        return new NewJob(
                spec.withId(id).withLabels(labels(spec.labels(), schedule.name(), meta)),
                new Due.After(template.delay()),
                expiry == null ? null : new Due.After(expiry));
    }

    /** What every job of a schedule bears beside its own labels: to see whether there is room for it. */
    public static Labels longest(Labels own, String schedule) {
        return labels(own, schedule, Map.of(SCHEDULE, schedule, TIME, Instant.MAX.toString()));
    }

    private static Labels labels(Labels own, String schedule, Map<String, String> more) {
        Set<String> tags = new LinkedHashSet<>(own.tags());
        tags.add(TAG + schedule);
        Map<String, String> meta = new LinkedHashMap<>(own.meta());
        meta.putAll(more);
        return new Labels(tags, meta);
    }

    /** The schedule that a job with this metadata is of. */
    public static Optional<String> schedule(Map<String, String> meta) {
        return Optional.ofNullable(meta.get(SCHEDULE));
    }

    /** The tick that a job with this metadata is of; empty for one that was made by hand, or is of no schedule. */
    public static Optional<Instant> time(Map<String, String> meta) {
        String text = meta.get(TIME);
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException e) {
            return Optional.empty(); // the producer has a piece of metadata of this name
        }
    }
}
