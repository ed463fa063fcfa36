package dev.millrace.internal.worker;

/** Events per second over the last half minute or so, by the second. Not thread-safe. */
final class Rate {
    private static final int SECONDS = 30;

    private final long[] counts = new long[SECONDS];
    private long firstSecond = Long.MIN_VALUE;
    private long newest = Long.MIN_VALUE;

    void add(long nanoTime) {
        long second = Math.floorDiv(nanoTime, 1_000_000_000L);
        advance(second);
        counts[slot(second)]++;
    }

    double perSecond(long nanoTime) {
        if (newest == Long.MIN_VALUE) {
            return 0;
        }
        long second = Math.floorDiv(nanoTime, 1_000_000_000L);
        advance(second);
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        long seconds = Math.min(SECONDS, second - firstSecond + 1);
        return (double) sum / Math.max(1, seconds);
    }

    private void advance(long second) {
        if (newest == Long.MIN_VALUE) {
            firstSecond = second;
            newest = second;
        }
        for (long s = Math.max(newest + 1, second - SECONDS + 1); s <= second; s++) {
            counts[slot(s)] = 0;
        }
        newest = Math.max(newest, second);
    }

    private static int slot(long second) {
        return (int) Math.floorMod(second, (long) SECONDS);
    }
}
