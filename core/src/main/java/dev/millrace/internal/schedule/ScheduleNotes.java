package dev.millrace.internal.schedule;

import dev.millrace.MillraceException;
import dev.millrace.Recurrence;
import dev.millrace.internal.schedule.Schedule.Place;
import dev.millrace.internal.schedule.Schedule.Template;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Notes.Note;
import dev.millrace.spi.Store;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** The schedules of a store: one note each, changed by compare-and-set. */
public final class ScheduleNotes {
    static final String SPACE = "schedule";
    /** Each refused write means that another got through. */
    private static final int TRIES = 1_000;

    private final Store store;

    public ScheduleNotes(Store store) {
        this.store = store;
    }

    /**
     * A schedule with the note it is from.
     *
     * @param schedule what it says
     * @param revision of the note
     */
    record Kept(Schedule schedule, long revision) {
        static Kept of(Note note) {
            return new Kept(ScheduleJson.read(note.key(), note.value()), note.revision());
        }
    }

    /** What there is. */
    public Listing list() {
        List<Schedule> schedules = new ArrayList<>();
        List<String> unreadable = new ArrayList<>();
        for (Note note : store.notes(SPACE)) {
            try {
                schedules.add(ScheduleJson.read(note.key(), note.value()));
            } catch (IllegalArgumentException e) {
                unreadable.add(String.valueOf(e.getMessage()));
            }
        }
        return new Listing(List.copyOf(schedules), List.copyOf(unreadable));
    }

    /**
     * What there is.
     *
     * @param schedules by name
     * @param unreadable what is to be said of notes that cannot be read here, as those of a newer version
     */
    public record Listing(List<Schedule> schedules, List<String> unreadable) {}

    /**
     * A schedule by its name.
     *
     * @throws MillraceException when it cannot be read by this version
     */
    public Optional<Schedule> find(String name) {
        return store.note(SPACE, name).map(note -> kept(note).schedule());
    }

    private static Kept kept(Note note) {
        try {
            return Kept.of(note);
        } catch (IllegalArgumentException e) {
            throw new MillraceException(
                    e.getMessage() + ": upgrade this program, or remove the schedule and make it anew", e);
        }
    }

    /**
     * Makes a schedule, or changes the one of this name. One whose ticks stay the same keeps its place; else its next tick is the
     * first of the new ones that lies ahead. Without a change nothing is written.
     *
     * @param life for a new one
     */
    public void put(String name, UUID life, Recurrence recurrence, Template template) {
        for (int i = 0; i < TRIES; i++) {
            Optional<Note> note = store.note(SPACE, name);
            byte[] value;
            if (note.isEmpty()) {
                Instant now = store.now().truncatedTo(ChronoUnit.MILLIS);
                Place place = Place.first(recurrence.next(now));
                value = ScheduleJson.write(
                        new Schedule(name, life, recurrence, template.of(life), place, Schedule.NO_REST));
            } else {
                Schedule before = kept(note.get()).schedule();
                value = ScheduleJson.write(changed(before, recurrence, template));
                if (Arrays.equals(value, ScheduleJson.write(before))) {
                    return;
                }
            }
            long expected = note.map(Note::revision).orElse(Notes.ABSENT);
            if (store.putNote(SPACE, name, value, expected, null).isPresent()) {
                return;
            }
        }
        throw contended(name);
    }

    private Schedule changed(Schedule before, Recurrence recurrence, Template template) {
        Place place = before.place();
        if (!before.recurrence().ticks().equals(recurrence.ticks())) {
            Instant now = store.now().truncatedTo(ChronoUnit.MILLIS);
            Instant last = place.last();
            place = place.withNext(recurrence.next(last != null && last.isAfter(now) ? last : now));
        }
        return new Schedule(before.name(), before.life(), recurrence, template.of(before.life()), place, before.rest());
    }

    /**
     * Changes a schedule's place.
     *
     * @return the schedule as it is now; empty when there is none
     */
    private Optional<Schedule> move(String name, UnaryOperator<Schedule> change) {
        for (int i = 0; i < TRIES; i++) {
            Optional<Kept> kept = store.note(SPACE, name).map(ScheduleNotes::kept);
            if (kept.isEmpty()) {
                return Optional.empty();
            }
            Schedule before = kept.get().schedule();
            Schedule after = change.apply(before);
            if (after.equals(before) || write(after, kept.get().revision()).isPresent()) {
                return Optional.of(after);
            }
        }
        throw contended(name);
    }

    /** Ticks pass without jobs until it is resumed. */
    public Optional<Schedule> pause(String name) {
        return move(name, schedule -> schedule.with(schedule.place().withPaused(true)));
    }

    /** Goes on with the first tick that lies ahead. */
    public Optional<Schedule> resume(String name) {
        return move(
                name,
                schedule -> schedule.place().paused()
                        ? schedule.with(schedule.place().withPaused(false).withNext(schedule.nextAhead(store.now())))
                        : schedule);
    }

    /** A job was made by hand. */
    public void made(String name, UUID job) {
        Optional<Schedule> unused =
                move(name, schedule -> schedule.with(schedule.place().withLastJob(job)));
    }

    /**
     * Removes a schedule, whether it can be read or not.
     *
     * @return whether there was one
     */
    public boolean remove(String name) {
        for (int i = 0; i < TRIES; i++) {
            Optional<Note> note = store.note(SPACE, name);
            if (note.isEmpty()) {
                return false;
            }
            if (store.removeNote(SPACE, name, note.get().revision())) {
                return true;
            }
        }
        throw contended(name);
    }

    /** Writes a schedule if its note is still of this revision, and gives the new one. */
    Optional<Long> write(Schedule schedule, long revision) {
        return store.putNote(SPACE, schedule.name(), ScheduleJson.write(schedule), revision, null);
    }

    private static MillraceException contended(String name) {
        return new MillraceException("the schedule \"" + name + "\" was changed by others " + TRIES
                + " times while it was to be changed here, and is as they left it: try again");
    }
}
