package dev.millrace.nats;

import dev.millrace.spi.Retention;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.StoreUnavailableException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads: reads the journal into memory, then carries out what is asked on one thread, gathers the changes of all who asked
 * meanwhile into one commit, and answers when it is durable. Any doubt about a commit ends the lead; whoever leads next reads
 * the journal, which alone says what happened.
 */
final class Leader {
    private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

    /** Commits under way at once; while so many are, what is asked gathers for the next. */
    private static final int IN_FLIGHT = 6;

    private static final int MOST_ASKED = 1_024;
    /** Calls that may wait; more are refused. */
    private static final int MOST_WAITING = 100_000;

    private static final int MOST_BYTES = 1 << 20;
    private static final Asked NOTHING = new Asked((desk, signals) -> () -> true, null);

    private final Link link;
    private final Lead lead;
    private final Bell bell;
    private final Crew crew;
    private final Shelf shelf;
    private final Journal journal;
    private final Changes changes;
    private final Desk desk;
    private final Cleaner cleaner;
    private final Tidier tidier;
    private final Timekeeping timekeeping;
    private final LinkedBlockingQueue<Asked> queue = new LinkedBlockingQueue<>();
    private final Semaphore room = new Semaphore(IN_FLIGHT);
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final CompletableFuture<Void> loaded = new CompletableFuture<>();
    private final AtomicLong progress = new AtomicLong();
    private boolean resigning;
    private volatile boolean lookAgain;
    private volatile boolean over;

    /** Something to be done on the leader's thread. */
    interface Work {
        Supplier<?> run(Desk desk, EnumSet<Signal> signals);
    }

    private static final class Asked {
        final Work work;
        final CompletableFuture<Supplier<?>> answer = new CompletableFuture<>();

        /** Until when someone waits for it, by nanoTime; null for without end. */
        final @Nullable Long deadline;

        Asked(Work work, @Nullable Long deadline) {
            this.work = work;
            this.deadline = deadline;
        }

        boolean late() {
            return deadline != null && System.nanoTime() - deadline > 0;
        }
    }

    /** @param leadAt the sequence of the message by which it took the lead */
    Leader(Link link, Lead lead, long leadAt, Retention retention, ServerClock clock, Bell bell, Crew crew) {
        this.link = link;
        this.lead = lead;
        this.bell = bell;
        this.crew = crew;
        shelf = new Shelf(link);
        journal = new Journal(link, lead.epoch(), leadAt);
        changes = new Changes(journal.draft());
        desk = new Desk(retention, clock, shelf, changes);
        desk.onUnreadable(this::endUnread);
        timekeeping = new Timekeeping(link, lead, journal, clock);
        tidier = new Tidier(this, shelf);
        cleaner = new Cleaner(link, this, lead, leadAt, shelf, changes, crew);
    }

    Lead lead() {
        return lead;
    }

    Shelf shelf() {
        return shelf;
    }

    Journal journal() {
        return journal;
    }

    /** Cuts off what is of no use in the stream, however little it is. */
    void cleanSoon() {
        cleaner.cleanSoon();
    }

    Changes changes() {
        return changes;
    }

    boolean over() {
        return over;
    }

    /** Done when it has read the journal; fails with what kept it from that. */
    CompletableFuture<Void> loaded() {
        return loaded;
    }

    /** How many entries of the journal it has read. */
    long progress() {
        return progress.get();
    }

    /** Done when it leads no more. */
    CompletableFuture<Void> ended() {
        return ended;
    }

    void start() {
        Thread thread = new Thread(this::run, "millrace-nats-leader-" + link.settings().stream());
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Asks for something to be done, unless it cannot be begun within the timeout. The answer comes when it is durable; it
     * fails with {@link AskFailed} that says whether it may have been done.
     */
    CompletableFuture<Supplier<?>> submit(Work work) {
        if (queue.size() >= MOST_WAITING) {
            return CompletableFuture.failedFuture(tooMuch());
        }
        return add(new Asked(work, System.nanoTime() + link.settings().timeout().toNanos()));
    }

    /** As {@link #submit}, for what the leader itself has to do, however long it takes to be begun. */
    CompletableFuture<Supplier<?>> submitOwn(Work work) {
        return add(new Asked(work, null));
    }

    private void endUnread(Shown claimed, String why) {
        LOG.error(
                "job {} of {} is given to no worker: {}",
                claimed.run().job(),
                link.settings().shown(),
                why);
        CompletableFuture<Supplier<?>> unused = submitOwn((at, signals) -> {
            at.endUnread(claimed, why);
            signals.add(Signal.FINISHED);
            signals.add(Signal.READY);
            return () -> true;
        });
    }

    private CompletableFuture<Supplier<?>> add(Asked asked) {
        synchronized (queue) {
            if (!over && !resigning) {
                queue.add(asked);
                return asked.answer;
            }
        }
        return CompletableFuture.failedFuture(notDone());
    }

    /** Finishes what was asked, lets go of the lead and says so. Returns when that is done, or cannot be. */
    void resign() {
        synchronized (queue) {
            resigning = true;
            queue.add(NOTHING);
        }
        try {
            ended.get(link.settings().timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("the lead was let go of without a word: another instance takes it once it is missed", e);
        }
        stepDown(null);
    }

    /** The connection was lost: commits under way are in doubt. */
    void doubt() {
        if (room.availablePermits() < IN_FLIGHT) {
            stepDown(new AskFailed(AskFailed.Why.SILENCE, "the connection was lost with commits under way", null));
        }
    }

    /** The connection is back: someone may have written, or made the stream anew, meanwhile. */
    void lookAgain() {
        lookAgain = true;
    }

    /** There is another connection, on which nobody can ask it. */
    void unheard() {
        stepDown(new AskFailed(AskFailed.Why.NOBODY, "the connection it was asked by has ended", null));
    }

    private void checkEnd() {
        if (lookAgain && link.connected() && room.availablePermits() == IN_FLIGHT) {
            try {
                lookAgain = false;
                link.await(journal.confirm());
            } catch (StoreUnavailableException e) {
                // Not known now: what it writes meanwhile is taken at the right place or not at all.
                lookAgain = true;
            }
        }
    }

    private void run() {
        try {
            load();
            while (!over) {
                Asked first = queue.poll(1, TimeUnit.SECONDS);
                if (resigning && queue.isEmpty()) {
                    letGo();
                    return;
                }
                prepare(first);
                if (first != null && first != NOTHING) {
                    serve(first);
                }
                cleaner.consider(desk);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            stepDown(e);
        } finally {
            stepDown(null);
        }
    }

    /** What there is to do before a call is carried out, which is told when that fails. */
    private void prepare(@Nullable Asked first) {
        try {
            checkEnd();
            timekeeping.look();
        } catch (RuntimeException e) {
            if (first != null) {
                first.answer.completeExceptionally(notDone());
            }
            throw e;
        }
    }

    private void load() {
        // A commit without entries is the journal's end now: nothing of another author can come behind the lead, so
        // whoever has read this message has read all.
        link.await(journal.append(journal.draft(), 0));
        Replay.readTo(link, journal.last(), new Loading(desk, progress::incrementAndGet));
        desk.ledger().loaded();
        cleaner.loaded(desk);
        loaded.complete(null);
        LOG.debug(
                "leads {} with {} jobs",
                link.settings().shown(),
                desk.ledger().all().size());
    }

    private void serve(Asked first) throws InterruptedException {
        room.acquire();
        Draft draft = journal.draft();
        changes.begin(draft);
        EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
        List<Runnable> answers = new ArrayList<>();
        List<CompletableFuture<Supplier<?>>> waiting = new ArrayList<>();
        int size = 0;
        for (Asked asked = first; asked != null; asked = next(++size)) {
            if (over || !link.connected()) {
                asked.answer.completeExceptionally(notDone());
            } else if (asked.late()) {
                asked.answer.completeExceptionally(tooMuch());
            } else {
                carryOut(asked, signals, answers, waiting);
            }
        }
        List<Runnable> tidying = tidier.tidying(changes.takeUntidy());
        boolean changed = !changes.isEmpty();
        CompletableFuture<Void> durable = changed ? commit(draft) : journal.barrier();
        CompletableFuture<Void> unused = durable.whenCompleteAsync(
                (done, e) -> {
                    room.release();
                    if (e == null) {
                        answers.forEach(Runnable::run);
                        bell.ring(signals);
                        tidying.forEach(crew::begin);
                    } else {
                        failed(e, changed, waiting);
                    }
                },
                crew.acks());
    }

    private @Nullable Asked next(int size) {
        if (size >= MOST_ASKED || changes.size() >= MOST_BYTES) {
            return null;
        }
        Asked next = queue.peek();
        return next == null || next == NOTHING ? null : queue.poll();
    }

    private void carryOut(
            Asked asked,
            EnumSet<Signal> signals,
            List<Runnable> answers,
            List<CompletableFuture<Supplier<?>>> waiting) {
        long before = changes.count();
        try {
            Supplier<?> answer = asked.work.run(desk, signals);
            answers.add(() -> asked.answer.complete(answer));
            waiting.add(asked.answer);
        } catch (RuntimeException e) {
            asked.answer.completeExceptionally(e);
            if (changes.count() != before) {
                // Half of it was done in memory, and none of it may become durable.
                LOG.error(
                        "a call failed half-way; nothing of it is stored, and the journal is read anew: {}",
                        e.toString(),
                        e);
                stepDown(e);
            }
        }
    }

    private CompletableFuture<Void> commit(Draft draft) {
        if (over) {
            return CompletableFuture.failedFuture(notDone());
        }
        changes.seal();
        long seq = draft.base();
        for (byte[] message : draft.data()) {
            shelf.keep(seq++, message);
        }
        try {
            return journal.append(draft, desk.notes().revisions());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void failed(Throwable error, boolean changed, List<CompletableFuture<Supplier<?>>> waiting) {
        Throwable e = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        boolean unsent = e instanceof AskFailed failed && failed.why == AskFailed.Why.NOBODY;
        AskFailed.Why why = changed && !unsent ? AskFailed.Why.SILENCE : AskFailed.Why.NOBODY;
        AskFailed told = new AskFailed(why, String.valueOf(e.getMessage()), e);
        if (changed || !(e instanceof AskFailed)) {
            stepDown(e);
        }
        waiting.forEach(answer -> answer.completeExceptionally(told));
    }

    private void letGo() {
        try {
            link.await(journal.lead(lead.vacated()));
        } catch (RuntimeException e) {
            LOG.debug("could not say that the lead is vacant", e);
        }
    }

    /** Leads no more; does nothing when it did not. */
    private void stepDown(@Nullable Throwable cause) {
        List<Asked> left = new ArrayList<>();
        synchronized (queue) {
            if (over) {
                return;
            }
            over = true;
            queue.drainTo(left);
            queue.add(NOTHING);
        }
        if (cause != null) {
            LOG.warn(
                    "{} is led no more from here ({}): nothing is lost; the next call finds or becomes the leader",
                    link.settings().shown(),
                    cause.toString());
        }
        room.release(IN_FLIGHT);
        loaded.completeExceptionally(cause == null ? notDone() : cause);
        ended.complete(null);
        left.forEach(asked -> asked.answer.completeExceptionally(notDone()));
    }

    private StoreUnavailableException tooMuch() {
        return NatsErrors.notDone(link.settings(), "the leader has more to do than it can in time", null);
    }

    private static AskFailed notDone() {
        return new AskFailed(AskFailed.Why.NOBODY, "the lead has moved, or there is no connection", null);
    }
}
