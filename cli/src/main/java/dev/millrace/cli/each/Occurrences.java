package dev.millrace.cli.each;

import java.util.Arrays;

/**
 * How often each line stood in the input so far, in 12 bytes a line and the room of a hash table. Lines are told apart by 64
 * bits of their hash. Should two share them, one counts as a repetition of the other: its number differs, but it is the same
 * in every run of the same input, and the line is run once all the same. Not thread-safe.
 */
final class Occurrences {
    private long[] hashes = new long[1 << 10];
    private int[] counts = new int[1 << 10];
    private int used;

    /** Counts the line, and says which occurrence it is, from 1. */
    int next(String line) {
        if (used > hashes.length / 2) {
            grow();
        }
        return count(Identity.hash(line), 1);
    }

    private int count(long hash, int more) {
        int slot = (int) hash & hashes.length - 1;
        while (counts[slot] != 0 && hashes[slot] != hash) {
            slot = slot + 1 & hashes.length - 1;
        }
        if (counts[slot] == 0) {
            hashes[slot] = hash;
            used++;
        }
        counts[slot] += more;
        return counts[slot];
    }

    private void grow() {
        long[] oldHashes = hashes;
        int[] oldCounts = counts;
        hashes = Arrays.copyOf(new long[0], 2 * oldHashes.length);
        counts = new int[2 * oldCounts.length];
        used = 0;
        for (int i = 0; i < oldHashes.length; i++) {
            if (oldCounts[i] != 0) {
                count(oldHashes[i], oldCounts[i]);
            }
        }
    }
}
