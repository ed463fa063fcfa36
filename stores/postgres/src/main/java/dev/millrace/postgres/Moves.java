package dev.millrace.postgres;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transition;
import dev.millrace.spi.Verdict;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Executes the table of {@link Transition} on a loaded job, with all effects on tables beside its row. */
final class Moves {
    static final long HOUR = 3_600_000_000L;

    private static final String FREE_KEY = """
            WITH s AS MATERIALIZED (SELECT id, unique_key FROM @spec WHERE id = ?)
            DELETE FROM @holder WHERE kind = (SELECT l.kind FROM @lane AS l WHERE l.lane = ?)
              AND name = (SELECT unique_key FROM s) AND id = (SELECT id FROM s)
            """;
    private static final String KEEP_KEY = """
            WITH s AS MATERIALIZED (SELECT id, unique_key FROM @spec WHERE id = ?)
            UPDATE @holder SET until = ? WHERE kind = (SELECT l.kind FROM @lane AS l WHERE l.lane = ?)
              AND name = (SELECT unique_key FROM s) AND id = (SELECT id FROM s)
            """;
    private static final String TAKE_KEY = """
            INSERT INTO @holder AS h (kind, name, id)
            SELECT l.kind, s.unique_key, s.id FROM @spec AS s, @lane AS l WHERE s.id = ? AND l.lane = ?
            ON CONFLICT (kind, name) DO UPDATE SET id = excluded.id, until = NULL
            WHERE h.until IS NOT NULL AND (h.until <= ? OR h.id = excluded.id)
            """;

    private static final String BURN = """
            INSERT INTO @tombstone (id, until, verdict) VALUES (?, ?, ?::smallint)
            ON CONFLICT (id) DO UPDATE SET until = excluded.until, verdict = excluded.verdict
            """;

    private Moves() {}

    /** Moves the job to where the transition leads and saves it. */
    static void move(Tx tx, Job job, Transition transition) {
        move(tx, job, transition, transition.cancelReason());
    }

    /** Cancels a job that can never run. */
    static void abandon(Tx tx, Job job, @Nullable CancelReason reason) {
        move(tx, job, Transition.ABANDON, reason);
    }

    private static void move(Tx tx, Job job, Transition transition, @Nullable CancelReason reason) {
        JobState from = job.state;
        JobState to = target(job, transition, tx.now());
        if (!transition.from().contains(from)) {
            throw new IllegalStateException(transition + " cannot take job " + job.id + " from " + from + " to " + to);
        }
        job.state = to;
        job.reason = reason;
        switch (transition.attempts()) {
            case ZERO -> job.attempt = 0;
            case COUNT -> job.attempt++;
            case REFUND -> job.attempt--;
            case KEEP -> {}
        }
        if (transition.token() == Transition.Token.NEXT) {
            job.token++;
            job.ended = null;
        }
        if (job.marked(Marks.GROUP)) {
            Slots.follow(tx, job, transition, from);
        }
        if (to.finished()) {
            finish(tx, job);
        } else {
            tx.signal(Signal.READY);
            if (to == JobState.READY) {
                tx.bringBack();
            }
        }
        if (job.marked(Marks.DEPENDENTS) && from.finished() != to.finished()) {
            Outbox.tell(tx, job.id, to.finished() ? Verdict.of(to, reason) : null);
        }
        job.save(tx);
        if (job.marked(Marks.KEY)) {
            moveKey(tx, job, transition);
        }
    }

    private static void moveKey(Tx tx, Job job, Transition transition) {
        switch (transition.key()) {
            case TAKE -> tx.later(TAKE_KEY, job.id, job.lane, tx.now());
            case FREE -> {
                if (!job.marked(Marks.KEPT)) {
                    tx.later(FREE_KEY, job.id, job.lane);
                } else {
                    tx.later(KEEP_KEY, job.id, keyUntil(job), job.lane);
                }
            }
            case KEEP -> {}
        }
    }

    /** Until when a job that has ended keeps its unique key. */
    private static long keyUntil(Job job) {
        Keys.Unique unique = job.keys.unique();
        return unique == null || unique.scope() == Keys.Scope.STORED
                ? Micros.NEVER
                : job.finished + Spans.micros(unique.window());
    }

    /** Deletes a job and all that belongs to it; its id stays known for an hour. */
    static void delete(Tx tx, Job job) {
        Verdict verdict = job.state.finished() ? Verdict.of(job.state, job.reason) : Verdict.CANCELLED;
        job.delete(tx);
        if (!job.state.finished()) {
            if (job.marked(Marks.KEY)) {
                tx.later(FREE_KEY, job.id, job.lane);
            }
            if (job.marked(Marks.DEPENDENTS)) {
                Outbox.tell(tx, job.id, Verdict.CANCELLED);
            }
            if (job.marked(Marks.GROUP)) {
                Slots.deleted(tx, job);
            }
        }
        tx.later(BURN, job.id, tx.now() + HOUR, verdict == Verdict.SUCCEEDED ? null : (Integer) Codes.of(verdict));
        forget(tx, job.id, job.lane, job.marks);
    }

    /** What goes with the row of a job that had ended, or is deleted before. */
    static void forget(Tx tx, UUID id, int lane, int marks) {
        if ((marks & Marks.ASIDE) == 0) {
            return;
        }
        if ((marks & Marks.KEPT) != 0) {
            tx.later(FREE_KEY, id, lane);
        }
        if ((marks & Marks.HEAD) != 0) {
            Outbox.letGo(tx, id); // which deletes what it waited for, once that is done
        } else if ((marks & Marks.PARENTS) != 0) {
            tx.last("DELETE FROM @dependency WHERE child = ?", id);
        }
        Aside.delete(tx, id, marks);
    }

    private static void finish(Tx tx, Job job) {
        job.finished = tx.now();
        job.mark(Marks.KEPT, job.marked(Marks.WINDOW) && job.keys.unique() != null);
        // of a workflow's member it is set when the workflow has ended: those who are told of this end look
        job.keepUntil = job.marked(Marks.MEMBER) ? Micros.NEVER : keepUntil(tx, job);
        job.mark(Marks.CANCEL | Marks.WAITS, false);
        if (job.marked(Marks.HEAD)) {
            Outbox.letGo(tx, job.id);
        }
        if (job.marked(Marks.STEPS)) {
            tx.later("DELETE FROM @step WHERE id = ?", job.id);
            job.marks &= ~Marks.STEPS;
        }
        tx.signal(Signal.FINISHED);
    }

    /** Until when a job that has ended is kept, counted from now; as long as its window keeps its key it is there to be pointed at. */
    static long keepUntil(Tx tx, Job job) {
        long until = tx.now() + (job.keepFor != null ? job.keepFor : keepFor(tx.retention(), job.state));
        Keys.Unique unique = job.keys.unique();
        boolean windowed = job.marked(Marks.KEPT) && unique != null && unique.scope() != Keys.Scope.STORED;
        return windowed ? Math.max(until, keyUntil(job)) : until;
    }

    /** How long jobs that ended in this state are kept unless they say otherwise, in microseconds. */
    static long keepFor(Retention retention, JobState state) {
        return Spans.micros(retention.of(state));
    }

    /** The first gate that is shut; the mark says whether it is that of the parents. */
    private static JobState target(Job job, Transition transition, long now) {
        Set<JobState> to = transition.to();
        if (transition == Transition.REVIVE) {
            job.mark(Marks.WAITS, true);
        }
        if (to.size() == 1) {
            return to.iterator().next();
        }
        boolean asksParents = transition == Transition.RUN_AGAIN || transition == Transition.REPLACE;
        if (asksParents && job.marked(Marks.WAITS)) {
            return JobState.BLOCKED;
        }
        job.mark(Marks.WAITS, false);
        if (job.due > now && to.contains(JobState.SCHEDULED)) {
            return JobState.SCHEDULED;
        }
        return job.marked(Marks.GROUP) && !Slots.keeps(job, transition) ? JobState.BLOCKED : JobState.READY;
    }

    /** Lets a job pass that waits for no parent any more. */
    static void release(Tx tx, Job job) {
        if (job.delay != null) {
            job.due = tx.now() + job.delay;
            forgetDelay(tx, job);
        }
        move(tx, job, Transition.RELEASE);
    }

    private static void forgetDelay(Tx tx, Job job) {
        if (job.delay != null) {
            job.delay = null;
            tx.later("UPDATE @spec SET delay = NULL WHERE id = ?", job.id);
        }
    }

    /** Runs an ended job again; its unique key is known to be free, and whether it waits for parents is marked. */
    static void runAgain(Tx tx, Job job) {
        Aside.keepSuccess(tx, job);
        if (job.marked(Marks.PROGRESS)) {
            tx.later("DELETE FROM @progress WHERE id = ?", job.id);
            job.marks &= ~Marks.PROGRESS;
        }
        job.rescues = 0;
        job.snoozes = 0;
        job.failed = null;
        job.started = Micros.NEVER;
        job.due = tx.now();
        job.mark(Marks.KEPT, false);
        forgetDelay(tx, job);
        move(tx, job, Transition.RUN_AGAIN);
    }
}
