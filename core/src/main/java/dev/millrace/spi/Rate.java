package dev.millrace.spi;

import dev.millrace.internal.text.TimeText;
import java.time.Duration;

/**
 * How many starts a time may have, as a token bucket: it holds {@code burst} tokens at most and gets {@code permits} of them per
 * {@code per}, evenly. In any span of {@code per} there are at most {@code permits + burst} starts.
 *
 * <p>A bucket is one number, the time at which it would be full again (microseconds since 1970; "theoretical arrival time" of the
 * generic cell rate algorithm, ITU-T I.371). It is kept by the store, and any time in the past stands for a full bucket.
 *
 * @param permits tokens per time; above zero
 * @param per the time; one token takes a microsecond at least
 * @param burst the most tokens that gather; above zero, at most {@code permits}
 */
public record Rate(int permits, Duration per, int burst) {
    private static final Duration LONGEST = Duration.ofDays(366);

    public Rate {
        if (permits < 1
                || burst < 1
                || burst > permits
                || per.isNegative()
                || per.isZero()
                || per.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "a rate of " + permits + " per " + TimeText.of(per) + " with a burst of " + burst
                            + ": permits are 1 or more, the burst is 1 to permits, the time longer than zero and at most 366 days");
        }
        if (per.toNanos() / 1_000 < permits) {
            throw new IllegalArgumentException("a rate of " + permits + " per " + TimeText.of(per)
                    + " is more than 1,000,000 per second: that many need no limit");
        }
    }

    /** How long one token takes to come, in microseconds; rounded up. */
    public long interval() {
        return (per.toNanos() / 1_000 + permits - 1) / permits;
    }

    /** How many tokens a bucket holds. */
    public int tokens(long fullAt, long now) {
        return (int) ((now + burst * interval() - reached(fullAt, now)) / interval());
    }

    /**
     * The bucket as it is under this rate: one that was emptied under a slower rate, or by a clock that went back, is just empty.
     * To be stored where it differs, or else it would stay empty until the time that is stored.
     */
    public long clamp(long fullAt, long now) {
        return Math.min(fullAt, now + burst * interval());
    }

    /** The bucket once so many tokens are taken from it. */
    public long take(long fullAt, long now, int tokens) {
        return reached(fullAt, now) + tokens * interval();
    }

    /** From when on a bucket holds a token. */
    public long nextAt(long fullAt, long now) {
        return Math.max(now, reached(fullAt, now) - (burst - 1) * interval());
    }

    private long reached(long fullAt, long now) {
        return Math.max(clamp(fullAt, now), now);
    }
}
