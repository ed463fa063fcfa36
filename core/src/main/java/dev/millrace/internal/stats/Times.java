package dev.millrace.internal.stats;

import dev.millrace.WorkerStats;
import java.time.Duration;

/**
 * A histogram of durations in buckets of about 9 % width (eight to each doubling), from a microsecond to over an hour. Two can
 * be added up, and old values can fade. Not thread-safe.
 */
public final class Times {
    private static final int PER_DOUBLING = 8;
    private static final int BUCKETS = 33 * PER_DOUBLING;

    private final long[] buckets = new long[BUCKETS];
    private long count;
    private double sumNanos;

    public void add(long nanos) {
        buckets[bucket(nanos)]++;
        count++;
        sumNanos += nanos;
    }

    /** Adds what another has. */
    public void add(Times other) {
        for (int i = 0; i < BUCKETS; i++) {
            buckets[i] += other.buckets[i];
        }
        count += other.count;
        sumNanos += other.sumNanos;
    }

    /** Halves all counts until there are no more than so many, so that what is new outweighs what is old. */
    void fade(long most) {
        while (count > most) {
            long before = count;
            count = 0;
            for (int i = 0; i < BUCKETS; i++) {
                buckets[i] = (buckets[i] + 1) / 2; // a rare value stays for long, and is not lost at once
                count += buckets[i];
            }
            sumNanos = sumNanos / before * count;
            if (count == before) {
                return;
            }
        }
    }

    public long count() {
        return count;
    }

    /** As text: the sum in nanoseconds, and each bucket in use with its number. */
    String encode() {
        StringBuilder text = new StringBuilder().append(Math.round(sumNanos));
        for (int i = 0; i < BUCKETS; i++) {
            if (buckets[i] != 0) {
                text.append(' ').append(i).append(':').append(buckets[i]);
            }
        }
        return text.toString();
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws IllegalArgumentException when it is something else
     */
    static Times decode(String text) {
        Times times = new Times();
        String[] words = text.split(" ", -1);
        times.sumNanos = Long.parseLong(words[0]);
        for (int i = 1; i < words.length; i++) {
            int colon = words[i].indexOf(':');
            int bucket = colon < 0 ? -1 : Integer.parseInt(words[i], 0, colon, 10);
            if (bucket < 0 || bucket >= BUCKETS) {
                throw new IllegalArgumentException("no bucket of a histogram: " + words[i]);
            }
            long number = Long.parseLong(words[i], colon + 1, words[i].length(), 10);
            times.buckets[bucket] += number;
            times.count += number;
        }
        return times;
    }

    public WorkerStats.Time summary() {
        return count == 0
                ? WorkerStats.Time.NONE
                : new WorkerStats.Time(Duration.ofNanos((long) (sumNanos / count)), Duration.ofNanos(percentile(0.95)));
    }

    private long percentile(double share) {
        long rank = (long) Math.ceil(count * share);
        for (int i = 0; i < BUCKETS; i++) {
            rank -= buckets[i];
            if (rank <= 0) {
                return upperBound(i);
            }
        }
        return upperBound(BUCKETS - 1);
    }

    /** Doubling by the highest bit, then by the three bits below it. */
    private static int bucket(long nanos) {
        long micros = Math.max(1, nanos / 1_000);
        int doubling = 63 - Long.numberOfLeadingZeros(micros);
        int within = doubling >= 3 ? (int) (micros >>> (doubling - 3)) & 7 : (int) (micros << (3 - doubling)) & 7;
        return Math.min(BUCKETS - 1, doubling * PER_DOUBLING + within);
    }

    private static long upperBound(int bucket) {
        int doubling = bucket / PER_DOUBLING;
        long eighths = PER_DOUBLING + bucket % PER_DOUBLING + 1L;
        long micros = doubling >= 3
                ? (1L << doubling) * eighths / PER_DOUBLING
                : (1L << doubling) * (eighths - 1) / PER_DOUBLING + 1; // these buckets hold one microsecond each
        return micros * 1_000;
    }
}
