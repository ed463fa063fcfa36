package dev.millrace.sqlite;

import dev.millrace.JobState;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transition;
import java.sql.SQLException;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Executes the table of {@link Transition} on a loaded job, with all effects on tables beside its row. */
final class Moves {
    private static final long HOUR = 3_600_000_000L;

    private Moves() {}

    /** Moves the job to where the transition leads and saves it. */
    static void move(Tx tx, Job job, Transition transition) throws SQLException {
        JobState to = target(job, transition, tx.now());
        if (!transition.from().contains(job.state)) {
            throw new IllegalStateException(
                    transition + " cannot take job " + job.id + " from " + job.state + " to " + to);
        }
        job.state = to;
        job.reason = transition.cancelReason();
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
        if (job.marked(Marks.KEY)) {
            switch (transition.key()) {
                case TAKE -> Keyring.take(tx, job);
                case FREE -> Keyring.free(tx, job);
                case KEEP -> {}
            }
        }
        if (to.finished()) {
            finish(tx, job);
        } else {
            tx.signal(Signal.READY);
        }
        job.save(tx);
    }

    /** Deletes a job and all that belongs to it; its id stays known for an hour. */
    static void delete(Tx tx, Job job) throws SQLException {
        if (job.marked(Marks.KEY) && !job.state.finished()) {
            Keyring.free(tx, job);
        }
        tx.sql.update("DELETE FROM millrace_job WHERE seq = ?", job.seq);
        tx.count(job.lane, job.state, -1);
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
        job.keepUntil = tx.now() + (job.keepFor != null ? job.keepFor : keepFor(tx, job.state));
        job.marks &= ~Marks.CANCEL;
        if (job.marked(Marks.STEPS)) {
            tx.sql.update("DELETE FROM millrace_step WHERE seq = ?", job.seq);
            job.marks &= ~Marks.STEPS;
        }
        tx.signal(Signal.FINISHED);
    }

    /** How long jobs that ended in this state are kept unless they say otherwise, in microseconds. */
    static long keepFor(Tx tx, JobState state) {
        return Spans.micros(tx.retention.of(state));
    }

    private static JobState target(Job job, Transition transition, long now) {
        Set<JobState> to = transition.to();
        if (to.size() == 1) {
            return to.iterator().next();
        }
        return job.due > now && to.contains(JobState.SCHEDULED) ? JobState.SCHEDULED : JobState.READY;
    }

    /** Runs an ended job again, if its unique key is free. */
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
        job.finished = Micros.NEVER;
        job.keepUntil = Micros.NEVER;
        job.expires = Micros.NEVER;
        job.due = tx.now();
        job.session = null;
        move(tx, job, Transition.RUN_AGAIN);
    }

    /** Who holds the job's unique key; null when it has none, or nobody does. */
    static @Nullable UUID keyHolder(Tx tx, Job job) throws SQLException {
        return job.marked(Marks.KEY)
                ? Keyring.holder(tx, tx.lanes.name(job.lane).kind(), Keyring.keyOf(tx, job))
                : null;
    }
}
