package dev.millrace.nats;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.UUID;

/**
 * Deleted jobs whose ids are still known, in the order of their entries in the journal: the one whose entry is oldest comes
 * first. Touched on the leader's thread only.
 */
final class Tombstones {
    /** How long a deleted job's id stays known. */
    private static final long KNOWN_MICROS = 3_600_000_000L;

    /** For each that comes, so many that are over may go: what is over is worked off however few the sweeps are. */
    private static final int DROPS_PER_ADD = 2;

    private final Changes changes;
    private final LinkedHashMap<UUID, Tombstone> stones = new LinkedHashMap<>();

    Tombstones(Changes changes) {
        this.changes = changes;
    }

    /** Takes in what a replay found. */
    void load(Tombstone stone) {
        stones.remove(stone.id);
        stones.put(stone.id, stone);
    }

    /** A replay found a younger job of this id. */
    void unload(UUID id) {
        stones.remove(id);
    }

    /** Puts one where a job was. */
    void add(Job job, long now) {
        dropEnded(now, DROPS_PER_ADD);
        Tombstone stone = new Tombstone(job.id(), now + KNOWN_MICROS);
        stones.put(stone.id, stone);
        changes.drop(job, stone);
    }

    /** Whether a job of this id was deleted less than an hour ago. */
    boolean isKnown(UUID id, long now) {
        Tombstone stone = stones.get(id);
        return stone != null && stone.until > now;
    }

    /** A job of this id is there again. */
    void remove(UUID id) {
        Tombstone stone = stones.remove(id);
        if (stone != null) {
            changes.bury(stone);
        }
    }

    /** Drops those that are over, at most so many. One that is behind a younger one waits for it: for an hour at most. */
    void dropEnded(long now, int most) {
        for (int left = most; left > 0 && !stones.isEmpty(); left--) {
            Tombstone oldest = stones.values().iterator().next();
            if (oldest.until > now) {
                return;
            }
            remove(oldest.id);
        }
    }

    /** Its entry is written again, and is the newest then. */
    void rewrite(Tombstone stone) {
        load(stone);
        changes.touch(stone);
    }

    /** All of them, the oldest entry first. */
    Collection<Tombstone> all() {
        return Collections.unmodifiableCollection(stones.values());
    }
}
