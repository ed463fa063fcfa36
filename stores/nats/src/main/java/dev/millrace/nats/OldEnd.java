package dev.millrace.nats;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Goes once over all that the leader keeps, a slice at a time, and finds what has its entry or bytes in the old end of the
 * stream. What was passed stays clear: whatever is written later is written at the new end. Touched on the leader's thread
 * only.
 */
final class OldEnd {
    private final long upTo;
    private final Thrift thrift;
    private long lastArrival = -1;
    private long passedArrival;
    private boolean jobsPassed;
    private boolean othersPassed;

    /** @param upTo the sequence at which the old end is over */
    OldEnd(long upTo, Thrift thrift) {
        this.upTo = upTo;
        this.thrift = thrift;
    }

    /**
     * Something that is to be written again.
     *
     * @param refs the bytes of a job that are in the old end
     */
    record Found(Kept kept, List<Ref> refs) {
        private long bytes() {
            return refs.stream().mapToLong(Ref::length).sum();
        }
    }

    /** Whether it has been over everything. */
    boolean passed() {
        return jobsPassed && othersPassed;
    }

    /** What is found in the next slice; often nothing. What an earlier slice told must have been written again by now. */
    List<Found> next(Ledger ledger, Notebook notes) {
        if (!jobsPassed) {
            return jobs(ledger);
        }
        List<Found> found = new ArrayList<>();
        othersPassed = take(ledger.tombstones().all(), true, found)
                && take(ledger.sessions().values(), false, found)
                && take(notes.all(), false, found)
                && take(ledger.flow().limits().all(), false, found)
                && take(ledger.flow().outbox().all(), false, found);
        return found;
    }

    private List<Found> jobs(Ledger ledger) {
        if (lastArrival < 0) {
            lastArrival = ledger.lastArrival();
        }
        List<Found> found = new ArrayList<>();
        long bytes = 0;
        List<Job> looked = ledger.arrivals().after(passedArrival, thrift.look());
        for (Job job : looked) {
            if (job.entryAt < upTo || job.oldestBytes() < upTo) {
                Found old = new Found(job, refs(job));
                found.add(old);
                bytes += old.bytes();
            }
            if (!ties(ledger, job, found)) {
                return found;
            }
            passedArrival = job.arrival;
            if (found.size() >= thrift.slice() || bytes >= thrift.bytes()) {
                return found;
            }
        }
        jobsPassed = looked.size() < thrift.look() || passedArrival >= lastArrival;
        return found;
    }

    /** Whether all that the job waits, or waited, for was passed; a slice may end among many. */
    private boolean ties(Ledger ledger, Job job, List<Found> found) {
        for (Tie tie : ledger.flow().ties().of(job.id())) {
            if (tie.entryAt < upTo) {
                if (found.size() >= thrift.slice()) {
                    return false;
                }
                found.add(new Found(tie, List.of()));
            }
        }
        return true;
    }

    private List<Ref> refs(Job job) {
        List<Ref> refs = new ArrayList<>();
        add(refs, job.body);
        add(refs, job.result);
        job.trail.forEach(trace -> add(refs, trace));
        return refs;
    }

    private void add(List<Ref> refs, @Nullable Ref ref) {
        if (ref != null && ref.seq() < upTo) {
            refs.add(ref);
        }
    }

    /** Whether all of them were passed. */
    private boolean take(Iterable<? extends Kept> among, boolean oldestFirst, List<Found> found) {
        for (Kept kept : among) {
            if (kept.entryAt >= upTo) {
                if (oldestFirst) {
                    return true;
                }
                continue;
            }
            if (found.size() == thrift.slice()) {
                return false;
            }
            found.add(new Found(kept, List.of()));
        }
        return true;
    }
}
