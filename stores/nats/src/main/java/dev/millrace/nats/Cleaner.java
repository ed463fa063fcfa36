package dev.millrace.nats;

import dev.millrace.spi.StoreUnavailableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the stream short. Only its old end is ever cut off: what is still of use there is written again at the new end first.
 * So a replay never sees an old entry without the newer ones, and a deleted job cannot come back.
 */
final class Cleaner {
    private static final Logger LOG = LoggerFactory.getLogger(Cleaner.class);

    /** A third of what is left is cleaned at a time, so this many times leave a twentieth of a stream as it was. */
    private static final int PASSES = 7;

    /** Bytes of the stream for each job besides its entry and its bytes, about: its share of a message's head. */
    private static final long OVERHEAD = 4;

    private final Link link;
    private final Leader leader;
    private final Lead lead;
    private final Shelf shelf;
    private final Changes changes;
    private final Crew crew;
    private final Thrift thrift;
    private long leadAt;
    private long bytesBefore;
    private int passes;
    private boolean busy;
    private boolean leadToSay;

    /** @param leadAt the sequence of the message by which the leader took the lead */
    Cleaner(Link link, Leader leader, Lead lead, long leadAt, Shelf shelf, Changes changes, Crew crew, Thrift thrift) {
        this.link = link;
        this.leader = leader;
        this.lead = lead;
        this.leadAt = leadAt;
        this.shelf = shelf;
        this.changes = changes;
        this.crew = crew;
        this.thrift = thrift;
    }

    /** The journal has been read. */
    void loaded(Desk desk) {
        bytesBefore = link.info().getStreamState().getByteCount();
        changes.addLive(desk.ledger().tombstones().bytes());
        desk.ledger().sessions().values().forEach(session -> changes.addLive(session.entrySize));
        desk.notes().all().forEach(note -> changes.addLive(note.entrySize));
        desk.ledger().flow().outbox().all().forEach(untold -> changes.addLive(untold.entrySize));
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
        if (wanted || thrift.pays(bytes(), live)) {
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

    private void clean() {
        boolean goesOn = false;
        try {
            long first = link.info().getStreamState().getFirstSequence();
            long last = link.info().getStreamState().getLastSequence();
            long upTo = first + Math.max(1, (last - first) / 3);
            OldEnd old = new OldEnd(upTo, thrift);
            while (!old.passed()) {
                move(onLeader(desk -> old.next(desk.ledger(), desk.notes())));
            }
            if (isClear(upTo) && onLeader(desk -> leadOn())) {
                crew.later(() -> crew.begin(() -> cut(upTo)), thrift.grace());
                goesOn = true;
            }
        } catch (StoreUnavailableException e) {
            LOG.debug("cleaning stopped; it begins anew later", e);
        } catch (RuntimeException e) {
            LOG.warn(
                    "the stream of {} could not be cleaned and grows meanwhile; it is tried again",
                    link.settings().shown(),
                    e);
        } finally {
            if (!goesOn) {
                crew.later(this::rest, thrift.grace());
            }
        }
    }

    /** Whether nothing of use is before that sequence. */
    private boolean isClear(long upTo) {
        OldEnd old = new OldEnd(upTo, thrift);
        boolean clear = true;
        while (clear && !old.passed()) {
            clear = onLeader(desk -> old.next(desk.ledger(), desk.notes())).isEmpty();
        }
        return clear;
    }

    /** Writes things again, with those of their bytes that are in the old end. */
    private void move(List<OldEnd.Found> slice) {
        if (slice.isEmpty()) {
            return;
        }
        Set<Ref> refs = new HashSet<>();
        slice.forEach(found -> refs.addAll(found.refs()));
        Map<Ref, byte[]> bytes = shelf.readable(refs);
        onLeader(desk -> {
            for (OldEnd.Found found : slice) {
                Kept kept = found.kept();
                if (kept.gone) {
                    continue;
                }
                if (kept instanceof Job job) {
                    moveJob(job, refs, bytes);
                } else if (kept instanceof Tombstone stone) {
                    desk.ledger().tombstones().rewrite(stone);
                } else {
                    changes.touch(kept);
                }
            }
            return true;
        });
    }

    private void moveJob(Job job, Set<Ref> old, Map<Ref, byte[]> bytes) {
        Map<Ref, Ref> places = new HashMap<>();
        job.body = place(job.body, old, bytes, places);
        if (job.result != null) {
            job.result = place(job.result, old, bytes, places);
        }
        List<Ref> trail = new ArrayList<>(job.trail.size());
        for (Ref trace : job.trail) {
            trail.add(place(trace, old, bytes, places));
        }
        job.trail = trail;
        changes.touch(job);
    }

    private Ref place(Ref ref, Set<Ref> old, Map<Ref, byte[]> bytes, Map<Ref, Ref> places) {
        if (!old.contains(ref)) {
            return ref;
        }
        changes.forget(List.of(ref));
        byte[] moved = bytes.get(ref);
        return moved == null ? ref.lost() : places.computeIfAbsent(ref, any -> changes.put(moved));
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
