package dev.millrace.nats;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.internal.flow.Gated;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunEnd;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job as the leader keeps it in memory: all that decisions need. Payload, options, metadata, result and what runs left are
 * in the stream, and only their places are here. Times are microseconds.
 */
final class Job extends Kept implements Gated {
    /** The order of claims: priority, due time, arrival. */
    static final Comparator<Job> CLAIM_ORDER = (a, b) -> {
        int order = Integer.compare(b.priority, a.priority);
        if (order == 0) {
            order = Long.compare(a.dueAt, b.dueAt);
        }
        return order != 0 ? order : Long.compare(a.arrival, b.arrival);
    };

    static final Comparator<Job> BY_DUE = (a, b) -> byTime(a.dueAt, b.dueAt, a, b);
    static final Comparator<Job> BY_EXPIRY = (a, b) -> byTime(a.expiresAt, b.expiresAt, a, b);
    static final Comparator<Job> BY_KEEP_UNTIL = (a, b) -> byTime(a.keepUntil, b.keepUntil, a, b);

    /** What the producer said, without payload, options and metadata. Changes when another job takes its place. */
    JobSpec spec;

    final Lane lane;
    final long arrival;

    /** The rest of what the producer said. */
    Ref body;

    long createdAt;
    int priority;
    JobState state = JobState.READY;
    long dueAt;
    long expiresAt = Micros.NEVER;
    long token;
    int attempt;
    int snoozes;
    int rescues;

    /** Who holds it; set while RUNNING. */
    @Nullable
    Session session;

    /** The number of the exchange that claimed it. */
    long exchange;

    boolean cancelRequested;

    @Nullable
    CancelReason cancelReason;

    /** What keeps it BLOCKED; null in other states. */
    @Nullable
    Gate gate;

    /** Whether it has a slot of its group. */
    boolean holdsSlot;

    /** Whether its unique key is another's by now. */
    boolean keyPassedOn;

    /** How long after its parents are done it is due; {@link Micros#NEVER} where that is not what it waits for. */
    long delay = Micros.NEVER;

    /** How the run of {@link #token} ended; null before that. */
    @Nullable
    RunEnd lastEnd;

    long startedAt = Micros.NEVER;
    long finishedAt = Micros.NEVER;
    long keepUntil = Micros.NEVER;

    @Nullable
    Ref result;

    /** Who ran it successfully; that run's record is made of this and the times. Null before. */
    @Nullable
    String worker;

    /** What its runs left, in order; see {@link Trace}. */
    List<Ref> trail = List.of();

    /** Whether the trail holds a last failure, steps, progress. */
    boolean failed;

    boolean stepped;
    boolean progressed;

    /** Tokens and ends of the runs whose records are in the trail, as {@link #ended} packs them, oldest first. */
    long[] ends = NO_ENDS;

    static final long[] NO_ENDS = {};

    Job(JobSpec spec, Lane lane, long arrival, Ref body) {
        this.spec = spec;
        this.lane = lane;
        this.arrival = arrival;
        this.body = body;
        this.priority = spec.priority();
    }

    @Override
    public JobSpec spec() {
        return spec;
    }

    @Override
    public @Nullable Gate gate() {
        return gate;
    }

    @Override
    public long dueAt() {
        return dueAt;
    }

    @Override
    public boolean holdsSlot() {
        return holdsSlot;
    }

    /** A probe that sorts behind every job of the same priority. */
    static Job lastOf(Job job) {
        Job probe = new Job(job.spec, job.lane, Long.MAX_VALUE, job.body);
        probe.priority = job.priority;
        probe.dueAt = Long.MAX_VALUE;
        return probe;
    }

    UUID id() {
        return spec.id();
    }

    boolean struck() {
        return rescues > 0;
    }

    boolean expired(long now) {
        return expiresAt <= now;
    }

    void addTrace(Ref trace) {
        List<Ref> more = new ArrayList<>(trail.size() + 1);
        more.addAll(trail);
        more.add(trace);
        trail = more;
    }

    /** Notes that the record of a run is in the trail. */
    void addEnd(long ofToken, RunEnd end) {
        int from = ends.length == JobTrail.MAX_RUNS ? 1 : 0;
        long[] more = new long[ends.length - from + 1];
        System.arraycopy(ends, from, more, 0, ends.length - from);
        more[more.length - 1] = ended(ofToken, end);
        ends = more;
    }

    boolean hasEnd(long ofToken, RunEnd end) {
        long wanted = ended(ofToken, end);
        for (long each : ends) {
            if (each == wanted) {
                return true;
            }
        }
        return false;
    }

    @SuppressWarnings("EnumOrdinal") // ends are only ever added behind the others
    private static long ended(long ofToken, RunEnd end) {
        return ofToken << 4 | end.ordinal();
    }

    /** How many bytes of it are in the stream besides its entry. */
    long bytes() {
        long bytes = body.length();
        if (result != null) {
            bytes += result.length();
        }
        for (Ref trace : trail) {
            bytes += trace.length();
        }
        return bytes;
    }

    ClaimedJob.History history() {
        return new ClaimedJob.History(attempt, snoozes, rescues);
    }

    @Override
    void write(Out out) {
        JobEntry.write(out, this);
    }

    @Override
    long oldestBytes() {
        long oldest = body.seq();
        if (result != null) {
            oldest = Math.min(oldest, result.seq());
        }
        for (Ref trace : trail) {
            oldest = Math.min(oldest, trace.seq());
        }
        return oldest;
    }

    private static int byTime(long timeA, long timeB, Job a, Job b) {
        int order = Long.compare(timeA, timeB);
        return order != 0 ? order : Long.compare(a.arrival, b.arrival);
    }
}
