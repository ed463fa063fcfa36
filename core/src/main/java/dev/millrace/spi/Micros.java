package dev.millrace.spi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Times as stores keep them: microseconds since 1970-01-01T00:00:00Z. Good for the years 0 to 9999 and far beyond. */
public final class Micros {
    /** No time: later than any. */
    public static final long NEVER = Long.MAX_VALUE;

    private Micros() {}

    /** The instant, rounded down to the microsecond. */
    public static long of(Instant instant) {
        return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1_000);
    }

    /** The instant, or {@link #NEVER} for null. */
    public static long orNever(@Nullable Instant instant) {
        return instant == null ? NEVER : of(instant);
    }

    public static Instant instant(long micros) {
        return Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000L);
    }

    /** The instant, or null for {@link #NEVER}. */
    public static @Nullable Instant orNull(long micros) {
        return micros == NEVER ? null : instant(micros);
    }
}
