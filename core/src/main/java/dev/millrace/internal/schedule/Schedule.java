package dev.millrace.internal.schedule;

import dev.millrace.Recurrence;
import dev.millrace.spi.JobSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A schedule, as its note holds it.
 *
 * @param name unique in the store
 * @param life made with the schedule: the ids of its ticks' jobs are of this life, so that one that is removed and made anew under
 *     its name shares none with the one before
 * @param recurrence when its ticks are
 * @param template what a tick makes
 * @param place where it stands
 * @param rest a JSON object of what its note holds beside these, as a newer version may have written it; goes back into the note
 */
public record Schedule(String name, UUID life, Recurrence recurrence, Template template, Place place, String rest) {
    /** Where nothing is in the note that this version does not know. */
    static final String NO_REST = "{}";

    private static final Duration BEHIND = Duration.ofMinutes(2);

    /**
     * What a tick makes.
     *
     * @param spec the job; its id stands for nothing
     * @param delay from the tick's enqueue until the job is due; zero or more
     * @param expiry how long after the tick's enqueue the job is of use; null for ever
     */
    public record Template(
            JobSpec spec, Duration delay, @Nullable Duration expiry) {
        /** The same for a schedule of this life: what differs by nothing else is equal when it is stored. */
        Template of(UUID life) {
            return new Template(spec.withId(life), delay, expiry);
        }
    }

    /**
     * Where a schedule stands. The next tick only grows: it follows from the tick before it, never from the clock, so that a
     * clock that is put back brings no tick twice.
     *
     * @param paused whether ticks pass without jobs until it is resumed
     * @param next the next tick
     * @param last the newest tick that made a job; null for none
     * @param lastJob the job made last, by a tick or by hand; null for none
     * @param leftOut the newest tick that was left out, because it was missed or the last job was unfinished; null for none
     * @param late ticks whose jobs are being enqueued; null for none
     */
    public record Place(
            boolean paused,
            Instant next,
            @Nullable Instant last,
            @Nullable UUID lastJob,
            @Nullable Instant leftOut,
            @Nullable Late late) {

        /** A new schedule. */
        static Place first(Instant next) {
            return new Place(false, next, null, null, null, null);
        }

        Place withPaused(boolean value) {
            return new Place(value, next, last, lastJob, leftOut, late);
        }

        Place withNext(Instant value) {
            return new Place(paused, value, last, lastJob, leftOut, late);
        }

        Place withLast(Instant tick) {
            return new Place(paused, next, tick, lastJob, leftOut, late);
        }

        Place withLastJob(UUID value) {
            return new Place(paused, next, last, value, leftOut, late);
        }

        Place withLeftOut(@Nullable Instant tick) {
            return new Place(paused, next, last, lastJob, tick == null ? leftOut : tick, late);
        }

        Place withLate(@Nullable Late value) {
            return new Place(paused, next, last, lastJob, leftOut, value);
        }
    }

    /**
     * Ticks that are so old that their jobs' ids might be forgotten, had these jobs been made in time: they are written down
     * before their jobs are enqueued, not after.
     *
     * @param ticks oldest first
     * @param since when they were written down: for an hour from then on their jobs may be enqueued again
     */
    public record Late(List<Instant> ticks, Instant since) {
        public Late {
            ticks = List.copyOf(ticks);
        }
    }

    Schedule with(Place changed) {
        return new Schedule(name, life, recurrence, template, changed, rest);
    }

    Schedule withRest(String value) {
        return new Schedule(name, life, recurrence, template, place, value);
    }

    /** How long its next tick has waited to be dealt with; empty for less than workers that live would need. */
    public Optional<Duration> behind(Instant now) {
        Duration age = Duration.between(place.next(), now);
        return place.paused() || age.compareTo(BEHIND) <= 0 ? Optional.empty() : Optional.of(age);
    }

    /** The first tick that lies ahead: later than now, and than the newest that made a job. */
    Instant nextAhead(Instant now) {
        Instant last = place.last();
        return recurrence.next(place.next(), last != null && last.isAfter(now) ? last : now);
    }
}
