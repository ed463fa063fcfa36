package dev.millrace.nats;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.UUID;

/**
 * Deleted jobs whose ids are still known, in the order of their entries in the journal: the one whose entry is oldest comes
 * first. There may be millions, so objects are made of those only that are looked at. Touched on the leader's thread only.
 */
final class Tombstones {
    /** How long a deleted job's id stays known. */
    private static final long KNOWN_MICROS = 3_600_000_000L;

    /** For each that comes, so many that are over may go: what is over is worked off however few the sweeps are. */
    private static final int DROPS_PER_ADD = 2;

    /** Bytes of an entry: its length, sort, id and time. */
    private static final int ENTRY_BYTES = 4 + 1 + 16 + 8;

    private final Changes changes;
    private final Stones stones = new Stones();

    /** Those whose entry is in the commit that is being made. */
    private final Map<UUID, Tombstone> fresh = new HashMap<>();

    Tombstones(Changes changes) {
        this.changes = changes;
    }

    /** Takes in what a replay found. */
    void load(Tombstone stone) {
        unload(stone.id);
        stones.written(stones.add(stone.id, stone.until), stone.entryAt);
    }

    /** A replay found a younger job of this id. */
    void unload(UUID id) {
        long number = stones.find(id);
        if (number != Stones.NONE) {
            stones.remove(number);
        }
    }

    /** Puts one where a job was. */
    void add(Job job, long now) {
        dropEnded(now, DROPS_PER_ADD);
        changes.drop(job, set(job.id(), now + KNOWN_MICROS));
    }

    private Tombstone set(UUID id, long until) {
        Tombstone stone = new Tombstone(id, until, this::written);
        unload(id);
        stones.add(id, until);
        fresh.put(id, stone);
        return stone;
    }

    private void written(Tombstone stone, long entryAt) {
        if (fresh.remove(stone.id, stone)) {
            stones.written(stones.find(stone.id), entryAt);
        }
    }

    /** Whether a job of this id was deleted less than an hour ago. */
    boolean isKnown(UUID id, long now) {
        long number = stones.find(id);
        return number != Stones.NONE && stones.until(number) > now;
    }

    /** A job of this id is there again. */
    void remove(UUID id) {
        long number = stones.find(id);
        if (number != Stones.NONE) {
            Tombstone unwritten = fresh.remove(id);
            changes.bury(unwritten == null ? stone(number) : unwritten);
            stones.remove(number);
        }
    }

    /** Drops those that are over, at most so many. One that is behind a younger one waits for it: for an hour at most. */
    void dropEnded(long now, int most) {
        for (int left = most; left > 0; left--) {
            long oldest = stones.from(0);
            if (oldest == Stones.NONE || stones.until(oldest) > now) {
                return;
            }
            remove(stones.id(oldest));
        }
    }

    /** Its entry is written again, and is the newest then; nothing when it has gone meanwhile, or is being written. */
    void rewrite(Tombstone stone) {
        long number = stones.find(stone.id);
        if (number == Stones.NONE || fresh.containsKey(stone.id)) {
            return;
        }
        Tombstone again = set(stone.id, stones.until(number));
        again.entrySize = ENTRY_BYTES;
        changes.touch(again);
    }

    /** How many bytes their entries have, about. */
    long bytes() {
        return (long) ENTRY_BYTES * stones.size();
    }

    /** All of them, the oldest entry first. */
    Iterable<Tombstone> all() {
        return () -> new Iterator<>() {
            private long next = stones.from(0);

            @Override
            public boolean hasNext() {
                return next != Stones.NONE;
            }

            @Override
            public Tombstone next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Tombstone stone = stone(next);
                next = stones.from(next + 1);
                return stone;
            }
        };
    }

    private Tombstone stone(long number) {
        Tombstone stone = new Tombstone(stones.id(number), stones.until(number));
        stone.entryAt = stones.entryAt(number);
        stone.entrySize = ENTRY_BYTES;
        return stone;
    }
}
