package dev.millrace.nats;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.StoreException;
import dev.millrace.spi.Beat;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Retention;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import dev.millrace.spi.Transition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries calls out, one after the other, on the leader's thread. What a call gives back is told by a supplier, which is asked
 * when all changes are durable, on any thread, and may then read bytes from the stream.
 */
final class Desk {
    /** How many due jobs an exchange promotes on its way. */
    private static final int PROMOTIONS_PER_EXCHANGE = 1_000;

    /** The most jobs that a sweep or an operation changes, whatever it allows: all of it is one commit. */
    private static final int MOST_AT_ONCE = 10_000;

    /** Is told of a claimed job that cannot be given, on any thread. */
    interface Unreadable {
        void found(Shown claimed, String why);
    }

    private final ServerClock clock;
    private final Shelf shelf;
    private final Changes changes;
    private final Ledger ledger;
    private final Runs runs;
    private final Sessions sessions;
    private final Operations operations;
    private final Notebook notes;
    private final Transfers transfers;
    private final NewJobs newJobs;
    private final Looking looking;
    private Unreadable unreadable = (claimed, why) -> {};

    Desk(Retention retention, ServerClock clock, Shelf shelf, Changes changes) {
        this.clock = clock;
        this.shelf = shelf;
        this.changes = changes;
        ledger = new Ledger(retention, changes);
        runs = new Runs(ledger, changes);
        sessions = new Sessions(ledger, runs, changes);
        operations = new Operations(ledger, runs, changes);
        notes = new Notebook(changes, this::noted);
        transfers = new Transfers(ledger, notes, changes);
        newJobs = new NewJobs(ledger, changes);
        looking = new Looking(ledger, sessions, operations, notes, transfers, shelf);
    }

    void onUnreadable(Unreadable told) {
        unreadable = told;
    }

    Ledger ledger() {
        return ledger;
    }

    Notebook notes() {
        return notes;
    }

    /** Everything has been read: builds the indexes. */
    void loaded() {
        notes.all(QueueLimits.SPACE).forEach(note -> ledger.flow().limits().load(note.key, note.value));
        ledger.loaded();
    }

    private void noted(String space, String key, byte @Nullable [] value, long now) {
        if (space.equals(QueueLimits.SPACE)) {
            ledger.flow().limits().noted(key, value, now);
        }
    }

    /** Does what is asked, and adds what may have happened to the signals. */
    Supplier<?> handle(Asking asking, EnumSet<Signal> signals) {
        Call<?> call = asking.call();
        long now = clock.micros();
        ledger.keepFor(asking.retention());
        if (call.looks()) {
            return looking.look(call, now);
        }
        // Limits come behind the jobs that are imported: nobody is let through before.
        boolean holds = call instanceof Call.Import;
        ledger.flow().begin(holds ? 0 : Flow.TELLINGS_PER_CALL);
        Supplier<?> answer = carryOut(call, now, signals);
        if (holds || letsThrough(call)) {
            letThrough(holds ? 0 : MOST_AT_ONCE, now, signals);
        }
        return answer;
    }

    /** Whether other jobs may go on behind such a call. */
    private static boolean letsThrough(Call<?> call) {
        return call instanceof Call.Exchanging
                || call instanceof Call.Enqueue
                || call instanceof Call.Sweeping
                || call instanceof Call.Operate
                || call instanceof Call.PutNote
                || call instanceof Call.RemoveNote;
    }

    private Supplier<?> carryOut(Call<?> call, long now, EnumSet<Signal> signals) {
        if (call instanceof Call.Exchanging exchanging) {
            return exchange(exchanging.exchange(), now, signals);
        } else if (call instanceof Call.Enqueue enqueue) {
            return told(newJobs.enqueue(enqueue.jobs(), now, signals));
        } else if (call instanceof Call.Beating beating) {
            return told(beat(beating.beat(), now));
        } else if (call instanceof Call.Sweeping sweeping) {
            return told(sweep(sweeping.sweep(), now, signals));
        } else if (call instanceof Call.Checkpoint checkpoint) {
            return told(checkpoint(checkpoint));
        } else if (call instanceof Call.OpenSession opening) {
            sessions.open(opening.opening(), now);
            return told(true);
        } else if (call instanceof Call.CloseSession closing) {
            return told(sessions.close(closing.session(), now));
        } else if (call instanceof Call.Command command) {
            return told(command(command, signals));
        } else if (call instanceof Call.Operate operate) {
            return told(operate(operate, now, signals));
        } else if (call instanceof Call.Import importing) {
            signals.add(Signal.READY);
            return told(transfers.take(importing.items(), now));
        } else if (call instanceof Call.PutNote put) {
            signals.add(Signal.CONTROL);
            return told(notes.put(put.space(), put.key(), put.value(), put.expected(), put.timeToLive(), now));
        } else if (call instanceof Call.RemoveNote remove) {
            signals.add(Signal.CONTROL);
            return told(notes.remove(remove.space(), remove.key(), remove.expected(), now));
        } else if (call instanceof Call.Optimize) {
            notes.dropDead(now, 1_000);
            return told(true);
        }
        throw new IllegalArgumentException("no one does " + call);
    }

    /** Does for other jobs what the change of some has made necessary. */
    private void letThrough(int most, long now, EnumSet<Signal> signals) {
        if (ledger.flow().run(now, most)) {
            signals.add(Signal.READY);
            signals.add(Signal.FINISHED);
        }
    }

    /** An answer for which nothing has to be read. */
    static Supplier<?> told(Object answer) {
        return () -> answer;
    }

    private Supplier<ExchangeReply> exchange(Exchange exchange, long now, EnumSet<Signal> signals) {
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
        letThrough(PROMOTIONS_PER_EXCHANGE, now, signals);
        Session session = sessions.openOne(exchange.session());
        List<Shown> claimed = session == null
                ? List.of()
                : runs.claim(session, exchange.number(), exchange.claim(), now).stream()
                        .map(Shown::new)
                        .toList();
        if (runs.takeMoreToClaim()) {
            signals.add(Signal.READY);
        }
        Instant nextDue = nextDue(now);
        List<Ref> needed = new ArrayList<>(claimed.size());
        claimed.forEach(job -> job.needsClaimed(needed));
        return () -> {
            Map<Ref, byte[]> bytes = shelf.readable(needed);
            List<ClaimedJob> given = new ArrayList<>(claimed.size());
            for (Shown job : claimed) {
                try {
                    given.add(job.claimed(bytes));
                } catch (StoreException e) {
                    unreadable.found(job, String.valueOf(e.getMessage()));
                }
            }
            return new ExchangeReply(session != null, answers, given, Micros.instant(now), nextDue);
        };
    }

    private @Nullable Instant nextDue(long now) {
        Job next = ledger.nextScheduled();
        long due = next == null ? Micros.NEVER : next.dueAt;
        return Micros.orNull(Math.min(due, ledger.flow().next(ledger.lanes(), now)));
    }

    /** Whether the job may be READY after it, or SCHEDULED for a time that comes before what workers wait for. */
    private static boolean returns(Outcome outcome) {
        return switch (outcome.end()) {
            case RETRIED, SNOOZED, HANDED_BACK -> true;
            default -> false;
        };
    }

    private BeatReply beat(Beat beat, long now) {
        Session session = sessions.openOne(beat.session());
        if (session == null) {
            return BeatReply.closed(Micros.instant(now));
        }
        session.heardAt = now;
        session.status = beat.status();
        changes.touch(session);
        for (Beat.RunReport report : beat.reports()) {
            Job job = running(report.run());
            if (job != null && !report.report().isEmpty()) {
                ledger.trace(job, new Trace.Told(report.report()));
                job.progressed |= report.report().progress() != null;
            }
        }
        boolean claimable = ledger.flow().limits().claimable(ledger.lanes(), now)
                || ledger.flow().isPending(now);
        return sessions.reply(session, claimable, Micros.instant(now));
    }

    private boolean checkpoint(Call.Checkpoint checkpoint) {
        Job job = running(checkpoint.run());
        if (job == null) {
            return false;
        }
        ledger.trace(job, new Trace.Stepped(checkpoint.step(), checkpoint.value()));
        job.stepped = true;
        return true;
    }

    private @Nullable Job running(RunRef run) {
        Job job = ledger.find(run.job());
        return job != null && job.state == JobState.RUNNING && job.token == run.token() ? job : null;
    }

    /**
     * Ends the run of a job that was claimed and whose bytes were not there: it waits for its turn again when they have only
     * been moved meanwhile, and has failed when they are lost.
     */
    void endUnread(Shown claimed, String why) {
        RunRef run = claimed.run();
        Job job = running(run);
        if (job == null) {
            return;
        }
        Outcome outcome = claimed.movedIn(job)
                ? new Outcome.HandedBack(false)
                : new Outcome.Failed(
                        Failure.of("UnreadableJob", why + ": restore the server's data, then run it again"));
        long now = clock.micros();
        ledger.flow().begin(Flow.TELLINGS_PER_CALL);
        runs.settle(Settlement.of(run, outcome), now);
        ledger.flow().run(now, PROMOTIONS_PER_EXCHANGE);
    }

    private SweepReport sweep(Sweep sweep, long now, EnumSet<Signal> signals) {
        int limit = Math.min(sweep.limit(), MOST_AT_ONCE);
        int promoted = runs.promote(now, limit);
        int rescued = sessions.rescue(sweep.lease(), limit, now);
        int expired = 0;
        for (Job job = ledger.nextExpiring();
                job != null && job.expired(now) && expired < limit;
                job = ledger.nextExpiring()) {
            ledger.move(job, Transition.EXPIRE, JobState.CANCELLED, now);
            expired++;
        }
        int purged = 0;
        int ties = 0;
        for (Job job = ledger.nextToPurge(now);
                job != null && purged < limit && ties < MOST_AT_ONCE;
                job = ledger.nextToPurge(now)) {
            ties += ledger.flow().ties().of(job.id()).size();
            ledger.delete(job, now);
            purged++;
        }
        ledger.tombstones().dropEnded(now, MOST_AT_ONCE);
        notes.dropDead(now, limit);
        ledger.flow().limits().sweep(now, limit);
        letThrough(limit, now, signals);
        if (promoted + rescued > 0) {
            signals.add(Signal.READY);
        }
        if (rescued + expired > 0) {
            signals.add(Signal.FINISHED);
        }
        int most = Math.max(Math.max(promoted, rescued), Math.max(expired, purged));
        boolean more = most >= limit || ties >= MOST_AT_ONCE || ledger.flow().isPending(now);
        return new SweepReport(promoted, rescued, expired, purged, more);
    }

    private boolean command(Call.Command command, EnumSet<Signal> signals) {
        Session open = sessions.openOne(command.session());
        if (open == null) {
            return false;
        }
        open.command = command.command();
        changes.touch(open);
        signals.add(Signal.CONTROL);
        return true;
    }

    private OperationReport operate(Call.Operate operate, long now, EnumSet<Signal> signals) {
        if (operate.operation() instanceof Operation.Reschedule reschedule) {
            // A time that cannot be fails the call before anything is changed.
            Micros.of(reschedule.due().resolve(Micros.instant(now)));
        }
        int limit = Math.min(operate.limit(), MOST_AT_ONCE);
        OperationReport report = operations.operate(operate.operation(), operate.filter(), operate.after(), limit, now);
        if (!report.requested().isEmpty()) {
            signals.add(Signal.CONTROL);
        }
        if (!report.done().isEmpty()) {
            signals.add(Signal.READY);
            signals.add(Signal.FINISHED);
        }
        return report;
    }
}
