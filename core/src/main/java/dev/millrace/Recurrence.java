package dev.millrace;

import dev.millrace.internal.schedule.Rhythm;
import dev.millrace.internal.text.TimeText;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * When a schedule's ticks are, and what is done about those that were missed or come too early. Immutable: each option gives a
 * copy.
 *
 * <p>Cron expressions have five fields (minute, hour, day of month, month, day of week) or six, with the second before them; or
 * they are one of {@code @hourly}, {@code @daily}, {@code @weekly} (Sunday), {@code @monthly}, {@code @yearly}; also {@code @midnight} for
 * {@code @daily} and {@code @annually} for {@code @yearly}. A field is
 * {@code *}, a number, a list ({@code 1,2}), a range ({@code 1-5}) or steps ({@code *}{@code /15}, {@code 8-18/2}). Months and
 * days of the week may be named ({@code JAN}, {@code MON}); 0 and 7 are Sunday. {@code L} is the last day of a month, {@code 5L}
 * its last Friday, {@code 5#2} its second. As in cron, a day has to fit one of the two fields on days if both are given.
 *
 * <p>Where clocks are put forward, a tick whose time is skipped comes at the moment after the gap, once for all that are
 * skipped. Where they are put back, a tick whose time comes twice comes the first time. Expressions that fit every hour ({@code
 * *} as the hour) go by what the clock shows, whichever hour it is.
 */
public final class Recurrence {
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    /** What becomes of ticks that are noticed over a minute late: no worker was there, or the store was away. */
    public enum Missed {
        /** They are left out. */
        NONE,
        /** The newest of them makes a job, the others are left out. */
        ONE,
        /** Each makes a job, but of more than 1,000 only the newest 1,000. */
        ALL
    }

    /** What becomes of a tick while the job of the tick before it is unfinished. */
    public enum Overlap {
        /** It makes a job all the same. */
        ALLOW,
        /** It is left out. */
        SKIP
    }

    private final Rhythm rhythm;
    private final Missed missed;
    private final Overlap overlap;

    private Recurrence(Rhythm rhythm, Missed missed, Overlap overlap) {
        this.rhythm = rhythm;
        this.missed = missed;
        this.overlap = overlap;
    }

    private static Recurrence of(Rhythm rhythm) {
        return new Recurrence(rhythm, Missed.NONE, Overlap.ALLOW);
    }

    /**
     * By the wall clock of a place.
     *
     * @throws IllegalArgumentException when the expression is none, or never comes: names the field, and says what would do
     */
    public static Recurrence cron(String expression, ZoneId zone) {
        return of(Rhythm.Cron.of(expression, zone));
    }

    /** By the clock of UTC, so that no machine's own zone matters. */
    public static Recurrence cron(String expression) {
        return cron(expression, ZoneId.of("UTC"));
    }

    /**
     * Equally far apart. The first tick comes one such length after the schedule is made, and the others follow from it,
     * however long its jobs take.
     *
     * @param length a second or more, in whole milliseconds
     */
    public static Recurrence every(Duration length) {
        if (Limits.bounded("length", length).compareTo(SHORTEST) < 0) {
            throw new IllegalArgumentException(
                    "a tick every " + TimeText.of(length) + " is too often: give 1 s or more");
        }
        if (length.toNanosPart() % 1_000_000 != 0) {
            throw new IllegalArgumentException("a tick every " + length + " is too fine: give whole milliseconds");
        }
        return of(new Rhythm.Every(length));
    }

    /** What becomes of ticks that are noticed over a minute late. Default: {@link Missed#NONE}. */
    public Recurrence missed(Missed value) {
        return new Recurrence(rhythm, value, overlap);
    }

    /** What becomes of a tick while the job of the tick before it is unfinished. Default: {@link Overlap#ALLOW}. */
    public Recurrence overlap(Overlap value) {
        return new Recurrence(rhythm, missed, value);
    }

    public Missed missed() {
        return missed;
    }

    public Overlap overlap() {
        return overlap;
    }

    /** The place whose clock the ticks go by; empty for {@link #every}. */
    public Optional<ZoneId> zone() {
        return rhythm instanceof Rhythm.Cron cron ? Optional.of(cron.zone()) : Optional.empty();
    }

    /** The first tick later than this moment; of {@link #every}, one length later. To try an expression. */
    public Instant next(Instant after) {
        return rhythm.next(after, after);
    }

    /**
     * The first tick later than a moment.
     *
     * @param tick one of the ticks; {@link #every} counts from it
     */
    public Instant next(Instant tick, Instant after) {
        return rhythm.next(tick, after);
    }

    /** When its ticks are: "every 30s", "cron 0 3 * * * in Europe/Berlin". The same text, the same ticks. */
    public String ticks() {
        return rhythm.text();
    }

    /**
     * As it is stored: {@code {"cron":"0 3 * * *","zone":"Europe/Berlin","missed":"one"}}, {@code {"every":"PT30S"}}. What is at
     * its default is left out.
     */
    public String toJson() {
        ObjectNode node = JsonMapper.shared().createObjectNode();
        if (rhythm instanceof Rhythm.Cron cron) {
            node.put("cron", cron.expression()).put("zone", cron.zone().getId());
        } else if (rhythm instanceof Rhythm.Every every) {
            node.put("every", every.length().toString());
        }
        if (missed != Missed.NONE) {
            node.put("missed", missed.name().toLowerCase(Locale.ROOT));
        }
        if (overlap != Overlap.ALLOW) {
            node.put("overlap", overlap.name().toLowerCase(Locale.ROOT));
        }
        return node.toString();
    }

    /**
     * Reads what {@link #toJson} wrote, also in a newer version: fields that are not known are ignored.
     *
     * @throws IllegalArgumentException when it is something else, or this Java does not know its zone
     */
    public static Recurrence fromJson(String json) {
        try {
            JsonNode node = JsonMapper.shared().readTree(json);
            Recurrence recurrence = node.has("every")
                    ? every(Duration.parse(node.path("every").asString()))
                    : cron(
                            node.path("cron").asString(),
                            ZoneId.of(node.path("zone").asString()));
            return recurrence
                    .missed(Missed.valueOf(node.path("missed").asString("none").toUpperCase(Locale.ROOT)))
                    .overlap(Overlap.valueOf(
                            node.path("overlap").asString("allow").toUpperCase(Locale.ROOT)));
        } catch (JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new IllegalArgumentException("not a recurrence: " + json + " (" + e.getMessage() + ")", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Recurrence that
                && ticks().equals(that.ticks())
                && missed == that.missed
                && overlap == that.overlap;
    }

    @Override
    public int hashCode() {
        return Objects.hash(ticks(), missed, overlap);
    }

    @Override
    public String toString() {
        return ticks()
                + (missed == Missed.NONE ? "" : ", missed ticks: " + missed)
                + (overlap == Overlap.ALLOW ? "" : ", overlap: " + overlap);
    }
}
