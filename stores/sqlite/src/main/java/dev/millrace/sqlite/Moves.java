package dev.millrace.sqlite;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transition;
import dev.millrace.spi.Verdict;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Executes the table of {@link Transition} on a loaded job, with all effects on tables beside its row. */
final class Moves {
    private static final long HOUR = 3_600_000_000L;

    private Moves() {}

    /** Moves the job to where the transition and its gates lead and saves it. */
    static void move(Tx tx, Job job, Transition transition) throws SQLException {
        move(tx, job, transition, transition.cancelReason());
    }

    /** Cancels a job that can never run, because of its parents. */
    static void abandon(Tx tx, Job job, @Nullable CancelReason reason) throws SQLException {
        move(tx, job, Transition.ABANDON, reason);
    }

    private static void move(Tx tx, Job job, Transition transition, @Nullable CancelReason reason) throws SQLException {
        JobState from = job.state;
        if (!transition.from().contains(from)) {
            throw new IllegalStateException(transition + " cannot take job " + job.id + " from " + from);
        }
        if (Groups.waitsAtGate(job) && transition != Transition.ADMIT && transition != Transition.REPLACE) {
            Groups.leave(tx, job);
        }
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
        if (from.finished()) {
            job.finished = Micros.NEVER;
            job.keepUntil = Micros.NEVER;
            job.expires = Micros.NEVER;
        }
        job.state = Gates.pass(tx, job, transition);
        if (job.marked(Marks.KEY) && transition.key() == Transition.Key.TAKE) {
            Keyring.take(tx, job);
        }
        if (job.state.finished()) {
            finish(tx, job);
        } else {
            tx.signal(Signal.READY);
        }
        if (job.marked(Marks.CHILDREN) && job.state.finished() != from.finished()) {
            tx.outbox.tell(job.id, Dependencies.verdict(job.state, job.reason));
        }
        job.save(tx);
    }

    /** Deletes a job and all that belongs to it; its id stays known for an hour. */
    static void delete(Tx tx, Job job) throws SQLException {
        if (job.marked(Marks.KEY)) {
            Keyring.free(tx, job);
        }
        if (job.marked(Marks.GROUP)) {
            Groups.deleted(tx, job);
        }
        if (job.marked(Marks.CHILDREN) && !job.state.finished()) {
            tx.outbox.tell(job.id, Verdict.CANCELLED);
        }
        if (job.marked(Marks.HEAD)) {
            tx.outbox.letGo(job.id);
        } else if (job.marked(Marks.PARENTS)) {
            tx.outbox.forget(job.id);
        }
        tx.sql.update("DELETE FROM millrace_job WHERE seq = ?", job.seq);
        tx.count(job.lane, job.state, -1);
        Job.countHeld(tx, job.state, job.heldForWorkflow() ? -1 : 0);
        if (job.marked(Marks.ASIDE)) {
            Aside.delete(tx, job.seq, job.id, job.marks);
        }
        tx.sql.update(
                "INSERT INTO millrace_tombstone (id, until) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET until = ?2",
                job.id,
                tx.now() + HOUR);
    }

    private static void finish(Tx tx, Job job) throws SQLException {
        job.finished = tx.now();
        long keyUntil = job.marked(Marks.KEY) ? Keyring.ended(tx, job) : 0;
        if (job.marked(Marks.MEMBER) && Workflows.open(tx, job)) {
            job.keepUntil = Micros.NEVER;
        } else {
            job.keepUntil = Math.max(keyUntil, keepUntil(tx, job));
        }
        if (job.marked(Marks.HEAD)) {
            tx.outbox.letGo(job.id);
        }
        job.marks &= ~Marks.CANCEL;
        if (job.marked(Marks.STEPS)) {
            tx.sql.update("DELETE FROM millrace_step WHERE seq = ?", job.seq);
            job.marks &= ~Marks.STEPS;
        }
        tx.signal(Signal.FINISHED);
    }

    /** Until when a job is kept that has ended, counted from now. */
    static long keepUntil(Tx tx, Job job) {
        return tx.now() + (job.keepFor != null ? job.keepFor : keepFor(tx, job.state));
    }

    /** How long jobs that ended in this state are kept unless they say otherwise, in microseconds. */
    static long keepFor(Tx tx, JobState state) {
        return Spans.micros(tx.retention.of(state));
    }

    /** Runs an ended job again, whose unique key nobody else holds. A workflow's head goes on waiting for its members. */
    static void runAgain(Tx tx, Job job) throws SQLException {
        Aside.keepSuccess(tx, job);
        if (job.marked(Marks.PROGRESS)) {
            tx.sql.update("DELETE FROM millrace_progress WHERE seq = ?", job.seq);
            job.marks &= ~Marks.PROGRESS;
        }
        tx.sql.update("UPDATE millrace_job SET result = NULL WHERE seq = ? AND result IS NOT NULL", job.seq);
        job.rescues = 0;
        job.snoozes = 0;
        job.failed = null;
        job.started = Micros.NEVER;
        job.due = tx.now();
        Dependencies.forgetDelay(tx, job);
        job.session = null;
        move(tx, job, Transition.RUN_AGAIN);
    }
}
