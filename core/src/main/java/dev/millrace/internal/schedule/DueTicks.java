package dev.millrace.internal.schedule;

import dev.millrace.Recurrence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which ticks of a schedule are to make jobs now.
 *
 * @param ticks that make jobs, oldest first; a bounded number of them
 * @param leftOut the newest that was missed and makes none; null for none
 * @param next the tick after all of these; when it is due already, there is more to do
 */
record DueTicks(List<Instant> ticks, @Nullable Instant leftOut, Instant next) {
    /** A tick that is noticed later than this was missed. */
    static final Duration MISSED = Duration.ofMinutes(1);
    /** How many missed ticks make jobs, at most. */
    static final int MOST_MISSED = 1_000;
    /** How many ticks make jobs at once. */
    static final int BATCH = 100;

    DueTicks {
        ticks = List.copyOf(ticks);
    }

    /**
     * The ticks that are due.
     *
     * @param first the first that is not dealt with yet; not later than now. It counts as a tick though it may be none of the
     *     recurrence any more: the time zone's rules may have changed since it was reckoned
     */
    static DueTicks of(Recurrence recurrence, Instant first, Instant now) {
        List<Instant> ticks = new ArrayList<>();
        Instant leftOut = null;
        Instant next = first;
        Instant missedBefore = now.minus(MISSED);
        if (first.isBefore(missedBefore)) {
            int wanted = recurrence.missed() == Recurrence.Missed.ALL ? MOST_MISSED : 1;
            List<Instant> newest = newest(recurrence, first, missedBefore, wanted);
            Instant last = newest.get(newest.size() - 1);
            switch (recurrence.missed()) {
                case NONE -> leftOut = last;
                case ONE -> ticks.add(last);
                case ALL -> ticks.addAll(newest.subList(0, Math.min(BATCH, newest.size())));
            }
            next = recurrence.next(last, ticks.isEmpty() ? last : ticks.get(ticks.size() - 1));
        }
        while (!next.isAfter(now) && ticks.size() < BATCH) {
            ticks.add(next);
            next = recurrence.next(next, next);
        }
        return new DueTicks(ticks, leftOut, next);
    }

    /**
     * The newest ticks before a moment, without going through all of those before them: looks from a moment so long before, and
     * from another if there are too few or too many.
     *
     * @param first the first that counts; stands for itself where the recurrence has none from then on
     */
    private static List<Instant> newest(Recurrence recurrence, Instant first, Instant before, int wanted) {
        Duration back = Duration.ofSeconds(wanted);
        Instant tooLate = before;
        Instant from = before.minus(back);
        Instant tooEarly = null;
        while (true) {
            from = from.isBefore(first) ? first : from;
            List<Instant> found = ticks(recurrence, first, from, before, 4 * wanted);
            if (found.size() == 4 * wanted) {
                tooEarly = from;
            } else if (found.isEmpty() && from.equals(first)) {
                return List.of(first);
            } else if (found.size() >= wanted || from.equals(first)) {
                return found.subList(Math.max(0, found.size() - wanted), found.size());
            } else {
                tooLate = from;
            }
            if (tooEarly == null) {
                back = back.multipliedBy(2);
                from = before.minus(back);
            } else {
                from = tooEarly.plus(Duration.between(tooEarly, tooLate).dividedBy(2));
            }
        }
    }

    /** Ticks from a moment on, and before another; so many at most. */
    private static List<Instant> ticks(Recurrence recurrence, Instant tick, Instant from, Instant before, int most) {
        List<Instant> ticks = new ArrayList<>();
        Instant next = recurrence.next(tick, from.minusNanos(1));
        while (next.isBefore(before) && ticks.size() < most) {
            ticks.add(next);
            next = recurrence.next(next, next);
        }
        return ticks;
    }
}
