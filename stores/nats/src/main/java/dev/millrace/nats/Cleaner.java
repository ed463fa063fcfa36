package dev.millrace.nats;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the stream short. Only its old end is ever cut off: what is still of use there is written again at the new end first.
 * So a replay never sees an old entry without the newer ones, and a deleted job cannot come back.
 */
final class Cleaner {
    private static final Logger LOG = LoggerFactory.getLogger(Cleaner.class);

    /** A stream below this is left alone. */
    static final long FLOOR = 64L << 20;

    /** How many things are moved with one commit. */
    private static final int SLICE = 500;

    /** A third of what is left is cleaned at a time, so this many times leave a twentieth of a stream as it was. */
    private static final int PASSES = 7;

    /** Bytes of the stream for each job besides its entry and its bytes, about: its share of a message's head. */
    private static final long OVERHEAD = 4;

    /** How many bytes with one commit, about. */
    private static final int SLICE_BYTES = 1 << 20;

    private final Link link;
    private final Leader leader;
    private final Lead lead;
    private final Shelf shelf;
    private final Changes changes;
    private final Crew crew;
    private long leadAt;
    private long bytesBefore;
    private int passes;
    private boolean busy;
    private boolean leadToSay;

    Cleaner(Link link, Leader leader, Lead lead, long leadAt, Shelf shelf, Changes changes, Crew crew) {
        this.link = link;
        this.leader = leader;
        this.lead = lead;
        this.leadAt = leadAt;
        this.shelf = shelf;
        this.changes = changes;
        this.crew = crew;
    }

    /** The journal has been read. */
    void loaded(Desk desk) {
        bytesBefore = link.info().getStreamState().getByteCount();
        desk.ledger().tombstones().forEach(stone -> changes.addLive(stone.entrySize));
        desk.ledger().sessions().values().forEach(session -> changes.addLive(session.entrySize));
        desk.notes().all().forEach(note -> changes.addLive(note.entrySize));
    }

    /** Begins when more than half of the stream is of no use. Called between commits. */
    void consider(Desk desk) {
        if (leadToSay) {
            leadToSay = false;
            Journal journal = leader.journal();
            CompletableFuture<Void> unused = journal.lead(lead);
            leadAt = journal.last();
            CompletableFuture<Void> unusedToo =
                    journal.append(journal.draft(), desk.notes().revisions());
        }
        if (busy) {
            return;
        }
        long live = changes.live() + OVERHEAD * desk.ledger().all().size();
        boolean wanted = passes > 0 && bytes() > live + live / 8;
        if (wanted || bytes() > Math.max(FLOOR, 2 * live)) {
            passes = Math.max(0, passes - 1);
            busy = true;
            crew.begin(this::clean);
        } else {
            passes = 0;
        }
    }

    private long bytes() {
        return bytesBefore + leader.journal().written();
    }

    /** Cleans a stream of any size once, from its beginning to where it ends now. */
    void cleanSoon() {
        passes = PASSES;
    }

    private record Moved(Kept kept, List<Ref> refs) {}

    private void clean() {
        try {
            long first = link.info().getStreamState().getFirstSequence();
            long last = link.info().getStreamState().getLastSequence();
            long upTo = first + Math.max(1, (last - first) / 3);
            List<Moved> toMove = onLeader(desk -> gather(desk, upTo));
            List<Moved> slice = new ArrayList<>();
            long bytes = 0;
            for (Moved moved : toMove) {
                slice.add(moved);
                for (Ref ref : moved.refs) {
                    bytes += ref.length();
                }
                if (slice.size() == SLICE || bytes > SLICE_BYTES) {
                    move(slice);
                    slice = new ArrayList<>();
                    bytes = 0;
                }
            }
            move(slice);
            boolean clear = onLeader(desk -> gather(desk, upTo).isEmpty() && leadOn());
            if (clear) {
                // Whoever was told of the old places meanwhile has read them by then.
                crew.later(() -> crew.begin(() -> cut(upTo)), link.settings().timeout());
            } else {
                rest();
            }
        } catch (RuntimeException e) {
            LOG.debug("cleaning stopped; it begins anew later", e);
            rest();
        }
    }

    /** What has its entry, or bytes, before that sequence. */
    private static List<Moved> gather(Desk desk, long upTo) {
        List<Moved> old = new ArrayList<>();
        for (Job job : desk.ledger().all()) {
            if (job.entryAt < upTo || job.oldestBytes() < upTo) {
                List<Ref> refs = new ArrayList<>();
                add(refs, job.body, upTo);
                add(refs, job.result, upTo);
                job.trail.forEach(trace -> add(refs, trace, upTo));
                old.add(new Moved(job, refs));
            }
        }
        List<Kept> others = new ArrayList<>(desk.ledger().tombstones());
        others.addAll(desk.ledger().sessions().values());
        others.addAll(desk.notes().all());
        for (Kept kept : others) {
            if (kept.entryAt < upTo) {
                old.add(new Moved(kept, List.of()));
            }
        }
        return old;
    }

    private static void add(List<Ref> refs, @Nullable Ref ref, long upTo) {
        if (ref != null && ref.seq() < upTo) {
            refs.add(ref);
        }
    }

    private void move(List<Moved> slice) {
        List<Ref> refs = new ArrayList<>();
        slice.forEach(moved -> refs.addAll(moved.refs));
        Map<Ref, byte[]> bytes = shelf.read(refs);
        onLeader(desk -> {
            for (Moved moved : slice) {
                if (moved.kept instanceof Job job) {
                    if (desk.ledger().find(job.id()) == job) {
                        moveJob(job, bytes);
                    }
                } else if (stillKept(desk, moved.kept)) {
                    changes.touch(moved.kept);
                }
            }
            return true;
        });
    }

    private static boolean stillKept(Desk desk, Kept kept) {
        if (kept instanceof Session session) {
            return desk.ledger().sessions().get(session.id) == session;
        }
        if (kept instanceof NoteKept note) {
            return !note.gone;
        }
        return kept instanceof Tombstone stone && desk.ledger().stone(stone.id) == stone;
    }

    private void moveJob(Job job, Map<Ref, byte[]> bytes) {
        Map<Ref, Ref> places = new HashMap<>();
        job.body = place(job.body, bytes, places);
        if (job.result != null) {
            job.result = place(job.result, bytes, places);
        }
        List<Ref> trail = new ArrayList<>(job.trail.size());
        for (Ref trace : job.trail) {
            trail.add(place(trace, bytes, places));
        }
        job.trail = trail;
        changes.touch(job);
    }

    private Ref place(Ref old, Map<Ref, byte[]> bytes, Map<Ref, Ref> places) {
        byte[] moved = bytes.get(old);
        if (moved == null) {
            return old;
        }
        changes.forget(List.of(old));
        return places.computeIfAbsent(old, any -> changes.put(moved));
    }

    /** Has it said anew who leads and how many notes there were, behind the commit that is being made. */
    private boolean leadOn() {
        leadToSay = true;
        return true;
    }

    private void cut(long upTo) {
        try {
            // Done when all is durable that was published before, so also who leads.
            if (!leader.over() && onLeader(desk -> leadAt >= upTo)) {
                link.purgeBefore(upTo);
                long now = link.info().getStreamState().getByteCount();
                onLeader(desk -> {
                    bytesBefore = now - leader.journal().written();
                    return true;
                });
            }
        } catch (RuntimeException e) {
            LOG.warn(
                    "the old end of the stream of {} stays for now",
                    link.settings().shown(),
                    e);
        } finally {
            rest();
        }
    }

    private void rest() {
        CompletableFuture<Supplier<?>> unused = leader.submitOwn((desk, signals) -> {
            busy = false;
            return () -> true;
        });
    }

    private interface OnLeader<T> {
        T run(Desk desk);
    }

    /** Does something on the leader's thread, and waits until it is durable. */
    private <T> T onLeader(OnLeader<T> action) {
        CompletableFuture<T> result = new CompletableFuture<>();
        link.await(leader.submitOwn((desk, signals) -> {
            result.complete(action.run(desk));
            return () -> true;
        }));
        return result.join();
    }
}
