package dev.millrace.internal.schedule;

import dev.millrace.Recurrence.Overlap;
import dev.millrace.internal.events.Events;
import dev.millrace.internal.schedule.Schedule.Late;
import dev.millrace.internal.schedule.Schedule.Place;
import dev.millrace.internal.schedule.ScheduleNotes.Kept;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Notes.Note;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the jobs of ticks that are due. Any number of workers may be at it at once.
 *
 * <p>First the job is enqueued, then the schedule's place is moved on by compare-and-set. Whoever finds a place that was not
 * moved enqueues the same job again, by the same id, and the store knows it. It may know it for an hour only, so ticks that are
 * older than {@link #FORGOTTEN} go the other way round: they are written down first as {@link Late}, and crossed out once their
 * jobs are enqueued. What was written down longer ago than that, and not crossed out, is left: such a tick may have made no job,
 * but none makes two.
 */
public final class Firing {
    private static final Logger LOG = LoggerFactory.getLogger(Firing.class);

    /** From this age on a job's id is not relied on to be known; stores know it for an hour at least. */
    static final Duration FORGOTTEN = Duration.ofMinutes(45);
    /** A look at the notes that is older than this is not acted on: the process may have been suspended meanwhile. */
    private static final Duration STALE = Duration.ofMinutes(5);
    /** How long one call may go on. */
    private static final Duration MOST = Duration.ofMillis(500);
    /** When a call has left something over, the next comes after this. */
    private static final Duration AGAIN = Duration.ofMillis(50);

    private final Store store;
    private final ScheduleNotes notes;
    private final String worker;
    private final Events events;
    private final Map<String, Kept> known = new HashMap<>();
    private final Map<String, String> failing = new ConcurrentSkipListMap<>();

    /** @param worker for the log */
    public Firing(Store store, String worker, Events events) {
        this.store = store;
        this.notes = new ScheduleNotes(store);
        this.worker = worker;
        this.events = events;
    }

    /** What is wrong with schedules, by name. */
    public Map<String, String> failing() {
        return new TreeMap<>(failing);
    }

    /**
     * Makes the jobs of all ticks that are due, or begins with it.
     *
     * @return how long it is until the next tick; null when no schedule waits for one
     */
    public synchronized @Nullable Duration fire() {
        Map<String, Kept> schedules = read();
        if (schedules.isEmpty()) {
            return null;
        }
        Look look = new Look(store.now());
        Duration wait = null;
        for (Kept kept : schedules.values()) {
            Duration each = fire(kept, look);
            wait = sooner(wait, each);
        }
        return wait;
    }

    private static @Nullable Duration sooner(@Nullable Duration one, @Nullable Duration other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) <= 0 ? one : other;
    }

    /** Reads all notes, and makes sense of those that have changed. */
    private Map<String, Kept> read() {
        List<Note> all = store.notes(ScheduleNotes.SPACE);
        failing.keySet().retainAll(all.stream().map(Note::key).collect(Collectors.toSet()));
        Map<String, Kept> read = new TreeMap<>();
        Map<String, Kept> before = new HashMap<>(known);
        known.clear();
        for (Note note : all) {
            Kept kept = before.get(note.key());
            if (kept == null || kept.revision() != note.revision()) {
                kept = understood(note);
            }
            if (kept != null) {
                known.put(note.key(), kept);
                read.put(note.key(), kept);
            }
        }
        return read;
    }

    private @Nullable Kept understood(Note note) {
        try {
            return Kept.of(note);
        } catch (IllegalArgumentException e) {
            fails(note.key(), e);
            return null;
        }
    }

    /** What a schedule does is its own affair: whatever goes wrong with it, the others go on. */
    private @Nullable Duration fire(Kept kept, Look look) {
        String name = kept.schedule().name();
        try {
            Duration wait =
                    kept.schedule().place().paused() && kept.schedule().place().late() == null
                            ? null
                            : fireDue(kept, look);
            failing.remove(name);
            return wait;
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            fails(name, e);
            return null; // the next sweep tries again
        }
    }

    private void fails(String name, RuntimeException e) {
        String message = String.valueOf(e.getMessage());
        if (!message.equals(failing.put(name, message))) {
            LOG.warn(
                    "{}: schedule \"{}\" cannot make its jobs: {}; it is tried again with each heartbeat, and other schedules go on",
                    worker,
                    name,
                    message,
                    e);
        }
    }

    private @Nullable Duration fireDue(Kept first, Look look) {
        Kept kept = first;
        while (true) {
            Schedule schedule = kept.schedule();
            Place place = schedule.place();
            Place moved;
            if (place.late() != null) {
                moved = late(schedule, place.late(), look);
            } else if (place.paused()) {
                return null;
            } else if (place.next().isAfter(look.now)) {
                return Duration.between(look.now, place.next());
            } else if (look.old(MOST)) {
                return AGAIN;
            } else {
                moved = due(schedule, look);
            }
            Schedule after = schedule.with(moved);
            Optional<Long> revision = notes.write(after, kept.revision());
            if (revision.isEmpty()) {
                return AGAIN; // somebody else moved or changed it: look again
            }
            kept = new Kept(after, revision.get());
            known.put(schedule.name(), kept);
        }
    }

    /** Deals with ticks that are due, and gives the place after them. */
    private Place due(Schedule schedule, Look look) {
        Place place = schedule.place();
        DueTicks due = DueTicks.of(schedule.recurrence(), place.next(), look.now);
        Place after = place.withNext(due.next()).withLeftOut(due.leftOut());
        List<Instant> ticks = due.ticks();
        if (ticks.isEmpty()) {
            return after;
        }
        if (schedule.recurrence().overlap() == Overlap.SKIP) {
            if (unfinished(place.lastJob())) {
                return after.withLeftOut(ticks.get(ticks.size() - 1));
            }
            // The others are looked at once this one's job is there, and most likely unfinished.
            Instant oldest = ticks.get(0);
            ticks = List.of(oldest);
            after = after.withNext(schedule.recurrence().next(oldest, oldest));
        }
        after = after.withLast(ticks.get(ticks.size() - 1));
        if (ticks.get(0).isBefore(look.now.minus(FORGOTTEN))) {
            return after.withLate(new Late(ticks, look.now));
        }
        return after.withLastJob(enqueue(schedule, ticks, look));
    }

    /** Enqueues the jobs of ticks that are written down, unless that may have been done so long ago that it is not known any more. */
    private Place late(Schedule schedule, Late late, Look look) {
        Place place = schedule.place().withLate(null);
        if (late.since().isBefore(look.now.minus(FORGOTTEN))) {
            LOG.warn(
                    "{}: {} ticks of schedule \"{}\", from {} on, were to be made up for at {} and it is not known whether they were;"
                            + " they are left so, since nothing is to run twice",
                    worker,
                    late.ticks().size(),
                    schedule.name(),
                    late.ticks().get(0),
                    late.since());
            return place;
        }
        return place.withLastJob(enqueue(schedule, late.ticks(), look));
    }

    private boolean unfinished(@Nullable UUID job) {
        return job != null
                && store.get(List.of(job)).stream()
                        .anyMatch(record -> !record.state().finished());
    }

    /** @return the job of the newest of these ticks, or the one that holds its unique key */
    private UUID enqueue(Schedule schedule, List<Instant> ticks, Look look) {
        if (look.old(STALE)) {
            throw new StoreUnavailableException(
                    "more than " + STALE.toMinutes() + " minutes passed since schedules were read; they are read again",
                    null);
        }
        List<NewJob> jobs = ticks.stream().map(tick -> Tick.job(schedule, tick)).toList();
        List<Answer> answers = events.enqueue(jobs, store::enqueue);
        return answers.get(answers.size() - 1).id();
    }

    /** When the notes were looked at: by the store's clock, and by both of this machine's, since one may be set and the other may stop. */
    private static final class Look {
        private final Instant now;
        private final long millis = System.currentTimeMillis();
        private final long nanos = System.nanoTime();

        Look(Instant now) {
            this.now = now;
        }

        boolean old(Duration most) {
            long passed = Math.max(System.currentTimeMillis() - millis, (System.nanoTime() - nanos) / 1_000_000);
            return passed > most.toMillis();
        }
    }
}
