package dev.millrace.nats;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;

/**
 * Ids with two numbers each, in the order in which they were added: about 35 bytes each where objects would take four times as
 * much. Each has a number that grows with the order. Used by one thread.
 */
final class Stones {
    /** No number: there is none. */
    static final long NONE = -1;

    private static final int SLAB = 4_096;
    private static final int LEAST_TABLE = 64;

    private final List<Slab> slabs = new ArrayList<>();
    private long firstSlab;
    private long next;
    private int size;

    /** By hash: the lower half of a number, and 0 where there is none; no number with that lower half is given. */
    private int[] table = new int[LEAST_TABLE];

    /** So many in a row. Times and sequences are near each other there, so each is kept by its distance from the first. */
    private static final class Slab {
        final long[] high = new long[SLAB];
        final long[] low = new long[SLAB];
        final int[] untilAfter = new int[SLAB];
        final int[] entryAfter = new int[SLAB];
        final BitSet live = new BitSet(SLAB);
        final long firstUntil;
        long firstEntry;

        Slab(long firstUntil) {
            this.firstUntil = firstUntil;
        }

        /** In milliseconds, rounded up. */
        long untilAfter(long until) {
            return -Math.floorDiv(firstUntil - until, 1_000L);
        }

        boolean fits(long until) {
            long distance = untilAfter(until);
            return distance == (int) distance;
        }
    }

    int size() {
        return size;
    }

    /**
     * Adds one that is not there, behind all others.
     *
     * @param until in microseconds; kept to the millisecond, rounded up
     * @return its number
     */
    long add(UUID id, long until) {
        if ((size + 1) * 3L > table.length * 2L) {
            rehash(table.length * 2);
        }
        Slab slab = slabFor(until);
        if ((int) next == 0) {
            next++;
        }
        int at = (int) (next % SLAB);
        slab.high[at] = id.getMostSignificantBits();
        slab.low[at] = id.getLeastSignificantBits();
        slab.untilAfter[at] = (int) slab.untilAfter(until);
        slab.entryAfter[at] = Integer.MIN_VALUE;
        slab.live.set(at);
        size++;
        link((int) next);
        return next++;
    }

    private Slab slabFor(long until) {
        if (!slabs.isEmpty() && next % SLAB != 0) {
            Slab last = slabs.get(slabs.size() - 1);
            if (last.fits(until)) {
                return last;
            }
            next += SLAB - next % SLAB;
        }
        Slab opened = new Slab(until);
        slabs.add(opened);
        return opened;
    }

    /** The number of that id, or {@link #NONE}. */
    long find(UUID id) {
        int slot = slot(id.getMostSignificantBits(), id.getLeastSignificantBits());
        return table[slot] == 0 ? NONE : number(table[slot]);
    }

    UUID id(long number) {
        Slab slab = slab(number);
        int at = (int) (number % SLAB);
        return new UUID(slab.high[at], slab.low[at]);
    }

    long until(long number) {
        Slab slab = slab(number);
        return slab.firstUntil + slab.untilAfter[(int) (number % SLAB)] * 1_000L;
    }

    /** Where its entry is; 0 before that is known. */
    long entryAt(long number) {
        Slab slab = slab(number);
        int after = slab.entryAfter[(int) (number % SLAB)];
        return after == Integer.MIN_VALUE ? 0 : slab.firstEntry + after;
    }

    /** Its entry is there. One that is too far from others is taken to be nearer to them, and so written again sooner. */
    void written(long number, long entryAt) {
        Slab slab = slab(number);
        if (slab.firstEntry == 0) {
            slab.firstEntry = entryAt;
        }
        long after = Math.max(-Integer.MAX_VALUE, Math.min(Integer.MAX_VALUE, entryAt - slab.firstEntry));
        slab.entryAfter[(int) (number % SLAB)] = (int) after;
    }

    void remove(long number) {
        Slab slab = slab(number);
        int at = (int) (number % SLAB);
        unlink(slot(slab.high[at], slab.low[at]));
        slab.live.clear(at);
        size--;
        while (slabs.size() > 1 && slabs.get(0).live.isEmpty()) {
            slabs.remove(0);
            firstSlab++;
        }
        if (table.length > LEAST_TABLE && size * 8L < table.length) {
            rehash(table.length / 2);
        }
    }

    /** The first number from that one on, or {@link #NONE}. */
    long from(long number) {
        long at = Math.max(number, firstSlab * SLAB);
        while (at < next) {
            int found = slab(at).live.nextSetBit((int) (at % SLAB));
            if (found >= 0) {
                return at - at % SLAB + found;
            }
            at += SLAB - at % SLAB;
        }
        return NONE;
    }

    private Slab slab(long number) {
        return slabs.get((int) (number / SLAB - firstSlab));
    }

    private long number(int lower) {
        long first = firstSlab * SLAB;
        return first + Integer.toUnsignedLong(lower - (int) first);
    }

    private static int hash(long high, long low) {
        long mixed = (high * 0x9E3779B97F4A7C15L ^ low) * 0xBF58476D1CE4E5B9L;
        return (int) (mixed >>> 32);
    }

    private int home(int lower) {
        long number = number(lower);
        Slab slab = slab(number);
        int at = (int) (number % SLAB);
        return hash(slab.high[at], slab.low[at]) & (table.length - 1);
    }

    /** Where that id is, or else the free place where it would be. */
    private int slot(long high, long low) {
        int slot = hash(high, low) & (table.length - 1);
        while (table[slot] != 0) {
            long number = number(table[slot]);
            Slab slab = slab(number);
            int at = (int) (number % SLAB);
            if (slab.high[at] == high && slab.low[at] == low) {
                return slot;
            }
            slot = (slot + 1) & (table.length - 1);
        }
        return slot;
    }

    private void link(int lower) {
        int slot = home(lower);
        while (table[slot] != 0) {
            slot = (slot + 1) & (table.length - 1);
        }
        table[slot] = lower;
    }

    /** Frees a place, and moves those behind it that would not be found any more. */
    private void unlink(int slot) {
        int mask = table.length - 1;
        int hole = slot;
        for (int at = (hole + 1) & mask; table[at] != 0; at = (at + 1) & mask) {
            if (((at - home(table[at])) & mask) >= ((at - hole) & mask)) {
                table[hole] = table[at];
                hole = at;
            }
        }
        table[hole] = 0;
    }

    private void rehash(int length) {
        int[] old = table;
        table = new int[length];
        for (int lower : old) {
            if (lower != 0) {
                link(lower);
            }
        }
    }
}
