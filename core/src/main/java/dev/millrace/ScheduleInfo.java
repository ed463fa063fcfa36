package dev.millrace;

import dev.millrace.internal.schedule.Schedule;
import dev.millrace.spi.JobSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A schedule as it stood when the store was asked. */
public final class ScheduleInfo {
    private final Schedule schedule;
    private final Serializer serializer;

    ScheduleInfo(Schedule schedule, Serializer serializer) {
        this.schedule = schedule;
        this.serializer = serializer;
    }

    public String name() {
        return schedule.name();
    }

    public Recurrence recurrence() {
        return schedule.recurrence();
    }

    /** The kind of its jobs. */
    public String kind() {
        return job().kind();
    }

    /** The queue that its jobs wait in. */
    public String queue() {
        return job().queue();
    }

    /**
     * The payload of its jobs.
     *
     * @throws SerializationException when it does not fit the type
     */
    @SuppressWarnings("unchecked") // the type says what it is read as
    public <T> @Nullable T payload(TypeRef<T> type) {
        return (T) serializer.read(job().payload(), type.type());
    }

    /** Everything that is said of its jobs; each has an id of its own, and is labelled with schedule and tick. */
    public JobSpec job() {
        return schedule.template().spec();
    }

    /** Whether ticks pass without jobs until it is resumed. */
    public boolean paused() {
        return schedule.place().paused();
    }

    /** The next tick, or one that is due and not dealt with yet; empty while it is paused. */
    public Optional<Instant> nextTick() {
        return paused() ? Optional.empty() : Optional.of(schedule.place().next());
    }

    /** The next ticks, as far as can be told now; none while it is paused. */
    public List<Instant> nextTicks(int count) {
        List<Instant> ticks = new ArrayList<>();
        nextTick().ifPresent(first -> {
            Instant tick = first;
            while (ticks.size() < count) {
                ticks.add(tick);
                tick = recurrence().next(tick);
            }
        });
        return ticks;
    }

    /** The newest tick that made a job. */
    public Optional<Instant> lastTick() {
        return Optional.ofNullable(schedule.place().last());
    }

    /** The job that was made last, by a tick or by hand; it may be deleted by now. */
    public Optional<UUID> lastJob() {
        return Optional.ofNullable(schedule.place().lastJob());
    }

    /** The newest tick that made none, because it was missed or the job before it was unfinished. */
    public Optional<Instant> leftOut() {
        return Optional.ofNullable(schedule.place().leftOut());
    }

    @Override
    public String toString() {
        return name() + ": " + kind() + " in " + queue() + ", " + recurrence()
                + nextTick().map(tick -> ", next " + tick).orElse(", paused")
                + lastTick().map(tick -> ", last " + tick).orElse("");
    }
}
