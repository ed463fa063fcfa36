package dev.millrace.internal.schedule;

import com.cronutils.model.time.ExecutionTime;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** When ticks are. */
public sealed interface Rhythm {

    /**
     * The first tick later than {@code after}.
     *
     * @param tick one of the ticks: where the rhythm has no place of its own in time, it goes by this one
     */
    Instant next(Instant tick, Instant after);

    /** As people write it: the same text, the same ticks. */
    String text();

    /** Ticks that lie equally far apart. */
    record Every(Duration length) implements Rhythm {
        @Override
        public Instant next(Instant tick, Instant after) {
            long periods = Math.floorDiv(Duration.between(tick, after).toMillis(), length.toMillis());
            Instant next = tick.plus(length.multipliedBy(periods));
            while (!next.isAfter(after)) {
                next = next.plus(length);
            }
            return next;
        }

        @Override
        public String text() {
            return "every " + length.toString().substring(2).toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Ticks by the wall clock of a place. What the library is asked is asked of a clock that never changes; summer time is dealt
     * with here:
     *
     * <ul>
     *   <li>A tick whose time is skipped comes at the moment after the gap, once for all that are skipped.
     *   <li>A tick whose time comes twice comes the first time.
     *   <li>Expressions that fit every hour go by what the clock shows, whichever hour it is: none is added after a gap, and
     *       in a doubled hour the ticks go on.
     * </ul>
     */
    final class Cron implements Rhythm {
        private static final LocalDateTime SOME_DAY = LocalDateTime.of(2000, 1, 1, 0, 0);

        private final String text;
        private final ZoneId zone;
        private final ZoneRules rules;
        private final boolean everyHour;
        private final ExecutionTime times;

        private Cron(CronText.Parsed parsed, ZoneId zone) {
            this.text = parsed.text();
            this.zone = zone;
            this.rules = zone.getRules();
            this.everyHour = parsed.everyHour();
            this.times = ExecutionTime.forCron(parsed.cron());
        }

        /**
         * Reads an expression.
         *
         * @throws IllegalArgumentException when it cannot be, or never comes
         */
        public static Cron of(String expression, ZoneId zone) {
            Cron cron = new Cron(CronText.parse(expression), zone);
            if (cron.nextShown(SOME_DAY) == null) {
                throw new IllegalArgumentException("the cron expression \"" + cron.text
                        + "\" never comes: no day of its months fits. Look at its day of month and its month");
            }
            return cron;
        }

        public String expression() {
            return text;
        }

        public ZoneId zone() {
            return zone;
        }

        @Override
        public Instant next(Instant tick, Instant after) {
            return everyHour ? nextOfEveryHour(after) : nextOfDay(after);
        }

        private Instant nextOfDay(Instant after) {
            LocalDateTime shown = LocalDateTime.ofInstant(after, zone);
            ZoneOffsetTransition change = rules.getTransition(shown);
            if (change != null && change.isOverlap() && rules.getOffset(after).equals(change.getOffsetAfter())) {
                // The second pass: what it shows has had its tick.
                shown = change.getDateTimeBefore().minusNanos(1);
            }
            Instant next;
            do {
                shown = shownAfter(shown);
                next = firstMoment(shown);
            } while (!next.isAfter(after));
            return next;
        }

        private Instant firstMoment(LocalDateTime shown) {
            ZoneOffsetTransition change = rules.getTransition(shown);
            if (change != null && change.isGap()) {
                return change.getInstant();
            }
            return shown.toInstant(change == null ? rules.getOffset(shown) : change.getOffsetBefore());
        }

        private Instant nextOfEveryHour(Instant after) {
            Instant from = after;
            LocalDateTime shown = LocalDateTime.ofInstant(from, zone);
            while (true) {
                Instant next = shownAfter(shown).toInstant(rules.getOffset(from));
                ZoneOffsetTransition change = rules.nextTransition(from);
                if (change == null || next.isBefore(change.getInstant())) {
                    return next;
                }
                from = change.getInstant();
                shown = change.getDateTimeAfter().minusNanos(1);
            }
        }

        private LocalDateTime shownAfter(LocalDateTime shown) {
            LocalDateTime next = nextShown(shown);
            if (next == null) {
                throw new IllegalStateException("the cron expression \"" + text + "\" has no tick after " + shown);
            }
            return next;
        }

        /** The library carries fractions of a second over into its answers. */
        private @Nullable LocalDateTime nextShown(LocalDateTime shown) {
            return times.nextExecution(shown.truncatedTo(ChronoUnit.SECONDS).atZone(ZoneOffset.UTC))
                    .map(next -> next.toLocalDateTime())
                    .orElse(null);
        }

        @Override
        public String text() {
            return "cron " + text + " in " + zone;
        }
    }
}
