package dev.millrace.internal;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Makes job ids: UUIDv7 (RFC 9562, method 2 of section 6.2), each larger than the one before as unsigned numbers and as text,
 * across all threads, also while the clock stands still or goes back.
 *
 * <pre>
 *   48 bits  milliseconds since 1970
 *    4 bits  version 7
 *   12 bits  counter, high part
 *    2 bits  variant
 *    8 bits  counter, low part
 *   54 bits  tail
 * </pre>
 *
 * <p>The counter starts anew each millisecond in the lower quarter of its range, at a place that is hard to guess; when it
 * overflows, the milliseconds run ahead of the clock. Tails of neighbours have nothing in common, since people shorten ids by
 * their ends. They come from a hash of time and counter with secrets of this generator: other processes' ids differ, but ids
 * are no passwords.
 */
public final class Ids {
    private static final int COUNTER_BITS = 20;
    private static final long COUNTER = (1L << COUNTER_BITS) - 1;
    private static final long TAIL = (1L << 54) - 1;
    /** Good until the year 2527. */
    private static final long MILLIS = (1L << (63 - COUNTER_BITS)) - 1;

    private final LongSupplier millis;
    private final long secret;
    private final long otherSecret;
    /** Milliseconds and counter of the last id. */
    private final AtomicLong last = new AtomicLong();

    /** @param millis milliseconds since 1970; called once per id, from any thread */
    public Ids(LongSupplier millis) {
        this.millis = millis;
        byte[] seed = new byte[16];
        new SecureRandom().nextBytes(seed);
        ByteBuffer bytes = ByteBuffer.wrap(seed);
        this.secret = bytes.getLong();
        this.otherSecret = bytes.getLong();
    }

    /** A new id. */
    public UUID next() {
        long tick = tick(Math.max(0, millis.getAsLong()) & MILLIS);
        long time = tick >>> COUNTER_BITS;
        long counter = tick & COUNTER;
        long high = time << 16 | 0x7000L | counter >>> 8;
        long tail = mix(mix(tick ^ secret) + otherSecret) & TAIL;
        return new UUID(high, 0x8000_0000_0000_0000L | (counter & 0xFF) << 54 | tail);
    }

    private long tick(long now) {
        while (true) {
            long before = last.get();
            long next = now > before >>> COUNTER_BITS ? now << COUNTER_BITS | start(now) : before + 1;
            if (last.compareAndSet(before, next)) {
                return next;
            }
        }
    }

    private long start(long now) {
        return mix(now ^ otherSecret) & COUNTER >>> 2;
    }

    /** The finalizer of SplitMix64 (Stafford's variant 13): one to one, and every bit of the input moves half of the output. */
    private static long mix(long value) {
        long z = value;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
