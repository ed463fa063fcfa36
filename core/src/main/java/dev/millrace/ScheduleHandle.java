package dev.millrace;

import dev.millrace.internal.Ids;
import dev.millrace.internal.events.Events;
import dev.millrace.internal.schedule.Schedule;
import dev.millrace.internal.schedule.Schedule.Template;
import dev.millrace.internal.schedule.ScheduleNotes;
import dev.millrace.internal.schedule.Tick;
import dev.millrace.spi.Store;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A schedule, to be looked at and operated. Made by {@link Millrace#schedule(String)}. Safe for use from any thread. */
public final class ScheduleHandle {
    private static final Logger LOG = LoggerFactory.getLogger(ScheduleHandle.class);
    /** So that the tag of its jobs is not longer than a tag may be. */
    private static final int MOST_NAME = Limits.MAX_NAME - Tick.TAG.length() - 1;

    private final Store store;
    private final ScheduleNotes notes;
    private final Ids ids;
    private final Events events;
    private final Serializer serializer;
    private final String name;

    ScheduleHandle(Millrace millrace, String name) {
        this.store = millrace.store();
        this.notes = new ScheduleNotes(store);
        this.ids = millrace.ids();
        this.events = millrace.events();
        this.serializer = millrace.settings().serializer();
        this.name = name;
    }

    static String name(String name) {
        return Limits.name("schedule's name", name, MOST_NAME);
    }

    static List<ScheduleInfo> all(Millrace millrace) {
        ScheduleNotes.Listing listing = new ScheduleNotes(millrace.store()).list();
        listing.unreadable().forEach(problem -> LOG.warn("{}; it is left out", problem));
        return listing.schedules().stream()
                .map(schedule -> new ScheduleInfo(schedule, millrace.settings().serializer()))
                .toList();
    }

    ScheduleHandle put(Recurrence recurrence, Template template) {
        notes.put(name, ids.next(), recurrence, template);
        return this;
    }

    public String name() {
        return name;
    }

    /** The schedule as it stands; empty when there is none of this name. */
    public Optional<ScheduleInfo> info() {
        return notes.find(name).map(schedule -> new ScheduleInfo(schedule, serializer));
    }

    /**
     * From now on ticks pass without jobs, until {@link #resume}; also across restarts, and when the program makes the schedule
     * again. Jobs that are there are left alone.
     *
     * @throws IllegalStateException when there is no schedule of this name
     */
    public void pause() {
        Schedule unused = notes.pause(name).orElseThrow(this::none);
    }

    /**
     * Goes on with the first tick that lies ahead: those that have passed make no job.
     *
     * @throws IllegalStateException when there is no schedule of this name
     */
    public void resume() {
        Schedule unused = notes.resume(name).orElseThrow(this::none);
    }

    /**
     * Makes a job at once, beside those of the ticks, also while the schedule is paused or its last job unfinished. It counts as
     * the last one from then on.
     *
     * @return the job's id; where its unique key is held by an unfinished job, that job's
     * @throws IllegalStateException when there is no schedule of this name
     */
    public UUID runNow() {
        Schedule schedule = notes.find(name).orElseThrow(this::none);
        UUID job = events.enqueue(List.of(Tick.byHand(schedule, ids.next())), store::enqueue)
                .get(0)
                .id();
        notes.made(name, job);
        return job;
    }

    /**
     * Removes the schedule. Jobs that are there are left alone.
     *
     * @return whether there was one
     */
    public boolean remove() {
        return notes.remove(name);
    }

    private IllegalStateException none() {
        return new IllegalStateException("there is no schedule \"" + name
                + "\": Millrace.schedules() and millrace schedule list name those there are");
    }

    @Override
    public String toString() {
        return "schedule " + name;
    }
}
