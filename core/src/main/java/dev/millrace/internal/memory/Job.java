package dev.millrace.internal.memory;

import dev.millrace.CancelReason;
import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.internal.flow.Gated;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A stored job. Fields are changed by {@link Ledger} alone, under the store's lock. Times are microseconds. */
final class Job implements Gated {
    /** The order of claims: priority, due time, arrival. */
    static final Comparator<Job> CLAIM_ORDER = (a, b) -> {
        int order = Integer.compare(b.priority, a.priority);
        if (order == 0) {
            order = Long.compare(a.dueAt, b.dueAt);
        }
        return order != 0 ? order : Long.compare(a.arrival, b.arrival);
    };

    /** No relative delay. */
    static final long NO_DELAY = -1;

    static final Comparator<Job> BY_DUE = (a, b) -> byTime(a.dueAt, b.dueAt, a, b);
    static final Comparator<Job> BY_EXPIRY = (a, b) -> byTime(a.expiresAt, b.expiresAt, a, b);
    static final Comparator<Job> BY_KEEP_UNTIL = (a, b) -> byTime(a.keepUntil, b.keepUntil, a, b);

    /** Another only when it is replaced. */
    JobSpec spec;

    final Lane lane;
    final long arrival;
    long createdAt;
    int priority;
    JobState state = JobState.READY;
    /** Which gate keeps it BLOCKED. */
    @Nullable
    Gate gate;

    long dueAt;
    /** How long after its parents are done it is due; {@link #NO_DELAY} once they are, or where the due time is fixed. */
    long delay = NO_DELAY;

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
    /** How the run of {@link #token} ended; null before that. */
    @Nullable
    RunEnd lastEnd;

    long startedAt = Micros.NEVER;
    long finishedAt = Micros.NEVER;
    long keepUntil = Micros.NEVER;
    /** Until when it holds its unique key, once it has ended. */
    long keyUntil = Micros.NEVER;
    /** Whether it holds a slot of its group. */
    boolean holds;
    /** Whether that is counted in the group. */
    boolean counted;
    /** Whether others wait for it, or did. */
    boolean watched;

    byte @Nullable [] result;

    @Nullable
    Failure failure;
    /** Who ran it successfully; that run's record is made of this and the times. Null before. */
    @Nullable
    String worker;
    /** Records of other runs, log and steps; null while there are none. */
    @Nullable
    Trail trail;

    Job(JobSpec spec, Lane lane, long arrival) {
        this.spec = spec;
        this.lane = lane;
        this.arrival = arrival;
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
        return holds;
    }

    /** A probe that sorts behind every job of the same priority. */
    static Job lastOf(Job job) {
        Job probe = new Job(job.spec, job.lane, Long.MAX_VALUE);
        probe.priority = job.priority;
        probe.dueAt = Long.MAX_VALUE;
        return probe;
    }

    boolean struck() {
        return rescues > 0;
    }

    boolean expired(long now) {
        return expiresAt <= now;
    }

    /** The trail, made when first needed. */
    Trail trail() {
        Trail present = trail;
        if (present == null) {
            present = new Trail();
            trail = present;
        }
        return present;
    }

    ClaimedJob claimed() {
        return new ClaimedJob(
                shownSpec(),
                token,
                new ClaimedJob.History(attempt, snoozes, rescues),
                new ClaimedJob.Times(Micros.instant(createdAt), Micros.instant(dueAt), Micros.orNull(expiresAt)),
                trail == null ? Map.of() : trail.steps());
    }

    JobRecord record() {
        Session holder = session;
        return new JobRecord(
                shownSpec(),
                state,
                gate,
                cancelReason,
                new JobRecord.Run(
                        token,
                        attempt,
                        snoozes,
                        rescues,
                        holder == null ? null : holder.id,
                        cancelRequested,
                        trail == null ? Progress.NONE : trail.progress()),
                new JobRecord.Times(
                        Micros.instant(createdAt),
                        Micros.instant(dueAt),
                        Micros.orNull(expiresAt),
                        Micros.orNull(startedAt),
                        Micros.orNull(finishedAt),
                        Micros.orNull(keepUntil),
                        delay == NO_DELAY ? null : Duration.of(delay, ChronoUnit.MICROS)),
                result,
                failure);
    }

    JobTrail shownTrail() {
        JobTrail kept = trail == null ? JobTrail.EMPTY : trail.copy();
        RunRecord success = successRecord();
        if (success == null) {
            return kept;
        }
        List<RunRecord> runs = new ArrayList<>(kept.runs());
        if (runs.size() == JobTrail.MAX_RUNS) {
            runs.remove(0);
        }
        runs.add(success);
        return new JobTrail(runs, kept.log(), kept.steps());
    }

    /** Writes the successful run's record into the trail, before the job's times are used anew. */
    void keepSuccessRecord() {
        RunRecord success = successRecord();
        if (success != null) {
            trail().add(success);
            worker = null;
        }
    }

    private @Nullable RunRecord successRecord() {
        if (worker == null || lastEnd != RunEnd.SUCCEEDED) {
            return null;
        }
        return new RunRecord(
                token, attempt, worker, Micros.instant(startedAt), Micros.instant(finishedAt), RunEnd.SUCCEEDED, null);
    }

    private JobSpec shownSpec() {
        return priority == spec.priority() ? spec : spec.withPriority(priority);
    }

    private static int byTime(long timeA, long timeB, Job a, Job b) {
        int order = Long.compare(timeA, timeB);
        return order != 0 ? order : Long.compare(a.arrival, b.arrival);
    }
}
