package dev.millrace.testkit;

import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Store;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Short words for what tests do with a store, so that they read as rules. Not for several threads at once. */
public final class StoreDriver {
    /** How long a session may be silent before it counts as dead. */
    public static final Duration LEASE = Duration.ofSeconds(30);

    private static final int SWEEP_LIMIT = 1_000;
    private static final int PAGE = 500;
    private static final int MOST_SWEEPS = 1_000;

    private final Store store;
    private final ManualClock clock;

    public StoreDriver(Store store, ManualClock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Stores a job.
     *
     * @return its id
     * @throws AssertionError if it was not stored
     */
    public UUID enqueue(JobDraft draft) {
        Answer answer = offer(draft);
        if (!answer.equals(new Answer.Stored(draft.id()))) {
            throw new AssertionError("the job was to be stored, but the answer is " + answer);
        }
        return draft.id();
    }

    /** Stores jobs in one call; returns their ids. */
    public List<UUID> enqueue(List<JobDraft> drafts) {
        List<UUID> ids = drafts.stream().map(JobDraft::id).toList();
        List<Answer> answers = offer(drafts);
        if (!answers.equals(ids.stream().map(Answer.Stored::new).toList())) {
            throw new AssertionError("all jobs were to be stored, but the answers are " + answers);
        }
        return ids;
    }

    /** Tries to store a job. */
    public Answer offer(JobDraft draft) {
        return offer(List.of(draft)).get(0);
    }

    /** Tries to store jobs in one call. */
    public List<Answer> offer(List<JobDraft> drafts) {
        return store.enqueue(drafts.stream().map(JobDraft::newJob).toList());
    }

    /** Opens a session of a worker that handles {@link Jobs#WORK}. */
    public SessionDriver session() {
        return session("worker", Jobs.WORK);
    }

    /** Opens a session of a worker that handles these kinds. */
    public SessionDriver session(String worker, String... kinds) {
        UUID id = Jobs.newId();
        store.openSession(new SessionOpening(id, worker, "{}"));
        return new SessionDriver(store, id, worker, Set.copyOf(Arrays.asList(kinds)));
    }

    /** The job as it stands. */
    public JobRecord job(UUID id) {
        List<JobRecord> found = store.get(List.of(id));
        if (found.size() != 1) {
            throw new AssertionError("there should be one job " + id + ", but the store has " + found);
        }
        return found.get(0);
    }

    public boolean exists(UUID id) {
        return !store.get(List.of(id)).isEmpty();
    }

    public JobState state(UUID id) {
        return job(id).state();
    }

    public JobTrail trail(UUID id) {
        return store.trail(id);
    }

    /** The session as the store knows it. */
    public SessionRecord sessionRecord(SessionDriver session) {
        return store.sessions().stream()
                .filter(record -> record.id().equals(session.id()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the store does not know session " + session.id()));
    }

    /** One sweep with room for everything. */
    public SweepReport sweep() {
        return store.sweep(new Sweep(LEASE, SWEEP_LIMIT));
    }

    /**
     * Sweeps until there is nothing left to do: what has been done has told everyone whom it concerns, and each gate that is
     * open has been passed. The clock stands still, so nothing becomes due by it.
     *
     * @throws AssertionError if it never comes to rest
     */
    public void settleDown() {
        boolean moved = true;
        for (int sweeps = 0; moved; sweeps++) {
            if (sweeps == MOST_SWEEPS) {
                throw new AssertionError(
                        "the store does not come to rest: " + MOST_SWEEPS + " sweeps still moved jobs");
            }
            List<JobCount> before = store.counts();
            SweepReport report = sweep();
            moved = report.more()
                    || report.promoted() + report.rescued() + report.expired() + report.purged() > 0
                    || !Set.copyOf(before).equals(Set.copyOf(store.counts()));
        }
    }

    /** Sets a queue's limits, whatever they were. */
    public void limits(String queue, QueueLimits limits) {
        long revision =
                store.note(QueueLimits.SPACE, queue).map(Notes.Note::revision).orElse(Notes.ABSENT);
        if (store.putNote(QueueLimits.SPACE, queue, limits.encode(), revision, null)
                .isEmpty()) {
            throw new AssertionError("the limits of queue " + queue + " were changed by someone else");
        }
    }

    /** Takes a queue's limits away. */
    public void noLimits(String queue) {
        store.note(QueueLimits.SPACE, queue)
                .ifPresent(note -> store.removeNote(QueueLimits.SPACE, queue, note.revision()));
    }

    /** What a job waits, or waited, for. */
    public List<Dependency> parents(UUID child) {
        return store.parents(List.of(child));
    }

    /** Lets time pass as in a running system: a sweep every five seconds, before which the living sessions beat. */
    public void sweepFor(Duration time, SessionDriver... living) {
        Duration step = Duration.ofSeconds(5);
        for (Duration left = time; !left.isZero() && !left.isNegative(); left = left.minus(step)) {
            clock.advance(left.compareTo(step) < 0 ? left : step);
            for (SessionDriver session : living) {
                session.beat();
            }
            sweep();
        }
    }

    /** Sweeps on until every session that is silent from now on has been found dead. */
    public void letDie() {
        sweepFor(LEASE.plus(LEASE).plusSeconds(10));
    }

    /** Does something to these jobs. */
    public OperationReport operate(Operation operation, UUID... ids) {
        return store.operate(operation, Filter.ids(Set.of(ids)), null, PAGE);
    }

    public OperationReport cancel(UUID... ids) {
        return operate(new Operation.Cancel(), ids);
    }

    public OperationReport runAgain(UUID... ids) {
        return operate(new Operation.RunAgain(), ids);
    }

    public OperationReport delete(UUID... ids) {
        return operate(new Operation.Delete(), ids);
    }

    /** All jobs that a filter finds, newest id first. */
    public List<JobRecord> find(Filter filter) {
        List<JobRecord> found = new ArrayList<>();
        @Nullable UUID after = null;
        do {
            JobPage page = store.page(filter, after, PAGE);
            found.addAll(page.jobs());
            after = page.next();
        } while (after != null);
        return found;
    }
}
