package dev.millrace.internal.memory;

import dev.millrace.JobState;
import dev.millrace.StoreException;
import dev.millrace.spi.Beat;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Examination;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Finding;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreInfo;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The reference store: one lock, and behind it jobs ({@link Ledger}), runs, sessions and notes. */
final class MemoryStore implements Store {
    static final int LAYOUT = 1;
    /** How many due jobs an exchange promotes on its way. */
    private static final int PROMOTIONS_PER_EXCHANGE = 1_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Clock clock;
    private final StoreInfo info;
    private final Ledger ledger;
    private final Flow flow;
    private final Runs runs;
    private final Enqueues enqueues;
    private final Operations operations;
    private final Sessions sessions;
    private final MemoryNotes notes = new MemoryNotes();
    private final Transferring transferring;
    private final Sweeper sweeper;
    private final Bell bell = new Bell();
    private boolean closed;

    MemoryStore(StoreConfig config) {
        clock = config.clock();
        info = new StoreInfo("memory", config.address().shown(), "1", LAYOUT, "nothing: jobs end with the process");
        ledger = new Ledger(config.retention());
        flow = ledger.flow();
        runs = new Runs(ledger);
        enqueues = new Enqueues(ledger);
        operations = new Operations(ledger);
        sessions = new Sessions(runs);
        transferring = new Transferring(ledger, notes);
        sweeper = new Sweeper(ledger, runs, sessions, notes);
    }

    @Override
    public StoreInfo info() {
        return info;
    }

    @Override
    public Instant now() {
        return Micros.instant(micros());
    }

    @Override
    public List<Answer> enqueue(List<NewJob> jobs) {
        return changing(signals -> {
            List<Answer> answers = enqueues.enqueue(jobs, now());
            // A SCHEDULED job wakes workers too: it may be due before what they wait for.
            if (answers.stream().anyMatch(Answer.Stored.class::isInstance)) {
                signals.add(Signal.READY);
            }
            return answers;
        });
    }

    @Override
    public void openSession(SessionOpening opening) {
        locked(signals -> {
            sessions.open(opening, micros());
            return null;
        });
    }

    @Override
    public ExchangeReply exchange(Exchange exchange) {
        return changing(signals -> {
            long now = micros();
            List<SettleAnswer> answers = new ArrayList<>(exchange.settlements().size());
            for (Settlement settlement : exchange.settlements()) {
                answers.add(runs.settle(settlement, now));
                if (returns(settlement.outcome())) {
                    signals.add(Signal.READY);
                }
            }
            if (!answers.isEmpty()) {
                signals.add(Signal.FINISHED);
            }
            if (runs.promote(now, PROMOTIONS_PER_EXCHANGE) > 0) {
                signals.add(Signal.READY);
            }
            letThrough(signals, now);
            Session session = sessions.openOne(exchange.session());
            List<ClaimedJob> claimed =
                    session == null ? List.of() : runs.claim(session, exchange.number(), exchange.claim(), now);
            return new ExchangeReply(session != null, answers, claimed, Micros.instant(now), nextDue(now));
        });
    }

    private @Nullable Instant nextDue(long now) {
        if (runs.stopped()) {
            return Micros.instant(now);
        }
        Job next = ledger.nextScheduled();
        long due = next == null ? Micros.NEVER : next.dueAt;
        Long token = flow.groups().nextToken();
        return Micros.orNull(Math.min(Math.min(due, token == null ? Micros.NEVER : token), flow.nextClaim(now)));
    }

    @Override
    public BeatReply beat(Beat beat) {
        return locked(signals -> {
            long now = micros();
            Session session = sessions.openOne(beat.session());
            if (session == null) {
                return BeatReply.closed(Micros.instant(now));
            }
            session.heardAt = now;
            session.status = beat.status();
            for (Beat.RunReport report : beat.reports()) {
                Job job = running(report.run());
                if (job != null) {
                    job.trail().add(report.report());
                }
            }
            boolean claimable = ledger.lanes().values().stream()
                    .flatMap(ofQueue -> ofQueue.values().stream())
                    .anyMatch(lane -> lane.hasReady() && flow.buckets().tokens(lane.queue, now) > 0);
            return sessions.reply(session, claimable, Micros.instant(now));
        });
    }

    @Override
    public boolean checkpoint(RunRef run, String step, byte[] value) {
        return locked(signals -> {
            Job job = running(run);
            if (job == null) {
                return false;
            }
            job.trail().putStep(step, value.clone());
            return true;
        });
    }

    /** Whether the job may be READY after it, or SCHEDULED for a time that comes before what workers wait for. */
    private static boolean returns(Outcome outcome) {
        return switch (outcome.end()) {
            case RETRIED, SNOOZED, HANDED_BACK -> true;
            default -> false;
        };
    }

    private @Nullable Job running(RunRef run) {
        Job job = ledger.find(run.job());
        return job != null && job.state == JobState.RUNNING && job.token == run.token() ? job : null;
    }

    @Override
    public boolean closeSession(UUID session) {
        return locked(signals -> sessions.close(session, micros()));
    }

    @Override
    public SweepReport sweep(Sweep sweep) {
        return changing(signals -> {
            SweepReport report = sweeper.sweep(sweep, now());
            if (report.promoted() + report.rescued() > 0) {
                signals.add(Signal.READY);
            }
            if (report.rescued() + report.expired() > 0) {
                signals.add(Signal.FINISHED);
            }
            return report;
        });
    }

    @Override
    public List<JobRecord> get(Collection<UUID> ids) {
        return locked(signals -> {
            List<JobRecord> found = new ArrayList<>(ids.size());
            for (UUID id : ids) {
                Job job = ledger.find(id);
                if (job != null) {
                    found.add(job.record());
                }
            }
            return found;
        });
    }

    @Override
    public List<Dependency> parents(Collection<UUID> children) {
        return locked(signals -> children.stream()
                .flatMap(child -> flow.dependencies().of(child).stream())
                .toList());
    }

    @Override
    public JobTrail trail(UUID id) {
        return locked(signals -> {
            Job job = ledger.find(id);
            return job == null ? JobTrail.EMPTY : job.shownTrail();
        });
    }

    @Override
    public JobPage page(Filter filter, @Nullable UUID after, int limit) {
        return locked(signals -> {
            List<Job> jobs = operations.page(filter, after, limit);
            UUID next = jobs.size() < limit || jobs.isEmpty()
                    ? null
                    : jobs.get(jobs.size() - 1).spec.id();
            return new JobPage(jobs.stream().map(Job::record).toList(), next);
        });
    }

    @Override
    public List<JobCount> counts() {
        return locked(signals -> ledger.lanes().values().stream()
                .flatMap(ofQueue -> ofQueue.values().stream())
                .flatMap(lane -> lane.counts().stream())
                .toList());
    }

    @Override
    public List<SessionRecord> sessions() {
        return locked(signals -> sessions.records());
    }

    @Override
    public OperationReport operate(Operation operation, Filter filter, @Nullable UUID after, int limit) {
        return changing(signals -> {
            OperationReport report = operations.operate(operation, filter, after, limit, now());
            if (!report.requested().isEmpty()) {
                signals.add(Signal.CONTROL);
            }
            if (!report.done().isEmpty()) {
                signals.add(Signal.READY);
                signals.add(Signal.FINISHED);
            }
            return report;
        });
    }

    @Override
    public boolean command(UUID session, SessionCommand command) {
        return locked(signals -> {
            Session open = sessions.openOne(session);
            if (open == null) {
                return false;
            }
            open.command = command;
            signals.add(Signal.CONTROL);
            return true;
        });
    }

    @Override
    public Optional<Note> note(String space, String key) {
        return locked(signals -> notes.note(space, key, now()));
    }

    @Override
    public List<Note> notes(String space) {
        return locked(signals -> notes.notes(space, now()));
    }

    @Override
    public Optional<Long> putNote(
            String space, String key, byte[] value, long expected, @Nullable Duration timeToLive) {
        return changing(signals -> {
            signals.add(Signal.CONTROL);
            Optional<Long> revision = notes.put(space, key, value, expected, timeToLive, now());
            if (space.equals(QueueLimits.SPACE) && revision.isPresent()) {
                limit(key, QueueLimits.decode(value));
            }
            return revision;
        });
    }

    @Override
    public boolean removeNote(String space, String key, long expected) {
        return changing(signals -> {
            signals.add(Signal.CONTROL);
            boolean removed = notes.remove(space, key, expected, now());
            if (space.equals(QueueLimits.SPACE) && removed) {
                limit(key, null);
            }
            return removed;
        });
    }

    @Override
    public ExportPage exportPage(@Nullable String cursor, int limit) {
        return locked(signals -> transferring.export(cursor, limit, now()));
    }

    @Override
    public int importItems(List<Item> items) {
        return locked(signals -> {
            signals.add(Signal.READY);
            int taken = transferring.take(items, now());
            notes.notes(QueueLimits.SPACE, now()).forEach(note -> limit(note.key(), QueueLimits.decode(note.value())));
            return taken;
        });
    }

    @Override
    public Subscription listen(WakeListener listener) {
        return bell.subscribe(listener);
    }

    @Override
    public List<String> verify() {
        return locked(signals -> new Books(ledger).problems());
    }

    @Override
    public Examination examine() {
        return new Examination(
                List.of("what it survives"),
                List.of(new Finding(
                        "memory-only",
                        Finding.Severity.NOTE,
                        "jobs live in the memory of this process",
                        "they end with it",
                        "use another store where jobs matter, such as sqlite:jobs.db")));
    }

    @Override
    public void optimize() {
        locked(signals -> {
            notes.dropDead(now());
            return null;
        });
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #locked}, for what may let other jobs through. */
    private <T extends @Nullable Object> T changing(Function<EnumSet<Signal>, T> action) {
        return locked(signals -> {
            T result = action.apply(signals);
            letThrough(signals, micros());
            return result;
        });
    }

    private void limit(String queue, @Nullable QueueLimits limits) {
        QueueLimits of = limits == null ? QueueLimits.NONE : limits;
        flow.buckets().limit(queue, of, micros());
        flow.groups().limitsChanged(queue, of, micros());
    }

    /** Does for other jobs what a change of some has made necessary. */
    private void letThrough(EnumSet<Signal> signals, long now) {
        if (!flow.quiet() && flow.run(now)) {
            signals.add(Signal.READY);
            signals.add(Signal.FINISHED);
        }
    }

    private long micros() {
        return Micros.of(clock.instant());
    }

    /** Does something under the lock, then rings for the signals it added. */
    private <T extends @Nullable Object> T locked(Function<EnumSet<Signal>, T> action) {
        EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
        T result;
        lock.lock();
        try {
            if (closed) {
                throw new StoreException("the memory store is closed, and its jobs are gone with it");
            }
            result = action.apply(signals);
        } finally {
            lock.unlock();
        }
        bell.ring(signals);
        return result;
    }
}
