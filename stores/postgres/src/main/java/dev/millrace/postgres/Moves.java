package dev.millrace.postgres;

import dev.millrace.JobState;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transition;
import java.util.Set;

/** Executes the table of {@link Transition} on a loaded job, with all effects on tables beside its row. */
final class Moves {
    static final long HOUR = 3_600_000_000L;

    private static final String FREE_KEY = """
            WITH s AS MATERIALIZED (SELECT id, unique_key FROM @spec WHERE id = ?)
            DELETE FROM @holder WHERE kind = (SELECT l.kind FROM @lane AS l WHERE l.lane = ?)
              AND name = (SELECT unique_key FROM s) AND id = (SELECT id FROM s)
            """;
    private static final String TAKE_KEY = """
            INSERT INTO @holder (kind, name, id)
            SELECT l.kind, s.unique_key, s.id FROM @spec AS s, @lane AS l WHERE s.id = ? AND l.lane = ? ON CONFLICT DO NOTHING
            """;

    private Moves() {}

    /** Moves the job to where the transition leads and saves it. */
    static void move(Tx tx, Job job, Transition transition) {
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
        if (to.finished()) {
            finish(tx, job);
        } else {
            tx.signal(Signal.READY);
            if (to == JobState.READY) {
                tx.bringBack();
            }
        }
        job.save(tx);
        if (job.marked(Marks.KEY)) {
            switch (transition.key()) {
                case TAKE -> tx.later(TAKE_KEY, job.id, job.lane);
                case FREE -> tx.later(FREE_KEY, job.id, job.lane);
                case KEEP -> {}
            }
        }
    }

    /** Deletes a job and all that belongs to it; its id stays known for an hour. */
    static void delete(Tx tx, Job job) {
        job.delete(tx);
        if (job.marked(Marks.KEY) && !job.state.finished()) {
            tx.later(FREE_KEY, job.id, job.lane);
        }
        tx.later(
                "INSERT INTO @tombstone (id, until) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET until = excluded.until",
                job.id,
                tx.now() + HOUR);
        if (job.marked(Marks.ASIDE)) {
            Aside.delete(tx, job.id, job.marks);
        }
    }

    private static void finish(Tx tx, Job job) {
        job.finished = tx.now();
        job.keepUntil = tx.now() + (job.keepFor != null ? job.keepFor : keepFor(tx.retention(), job.state));
        job.marks &= ~Marks.CANCEL;
        if (job.marked(Marks.STEPS)) {
            tx.later("DELETE FROM @step WHERE id = ?", job.id);
            job.marks &= ~Marks.STEPS;
        }
        tx.signal(Signal.FINISHED);
    }

    /** How long jobs that ended in this state are kept unless they say otherwise, in microseconds. */
    static long keepFor(Retention retention, JobState state) {
        return Spans.micros(retention.of(state));
    }

    private static JobState target(Job job, Transition transition, long now) {
        Set<JobState> to = transition.to();
        if (to.size() == 1) {
            return to.iterator().next();
        }
        return job.due > now && to.contains(JobState.SCHEDULED) ? JobState.SCHEDULED : JobState.READY;
    }

    /** Runs an ended job again; its unique key is known to be free. */
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
        move(tx, job, Transition.RUN_AGAIN);
    }
}
