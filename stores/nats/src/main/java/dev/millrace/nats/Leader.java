package dev.millrace.nats;

import dev.millrace.spi.Retention;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.StoreUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
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
    private static final int MOST_BYTES = 1 << 20;

    /** How long it waits for calls before it looks after its clock and its stream. */
    private static final Duration IDLE = Duration.ofSeconds(1);

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
    private final Inbox inbox = new Inbox();
    private final Semaphore room = new Semaphore(IN_FLIGHT);
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final CompletableFuture<Void> loaded = new CompletableFuture<>();
    private final AtomicLong progress = new AtomicLong();
    private volatile boolean lookAgain;
    private final AtomicBoolean over = new AtomicBoolean();

    /** @param leadAt the sequence of the message by which it took the lead */
    Leader(
            Link link,
            Lead lead,
            long leadAt,
            Retention retention,
            ServerClock clock,
            Bell bell,
            Crew crew,
            Thrift thrift) {
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
        cleaner = new Cleaner(link, this, lead, leadAt, shelf, changes, crew, thrift);
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
        return over.get();
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
    CompletableFuture<Supplier<?>> submit(Inbox.Work work) {
        return inbox.isFull()
                ? CompletableFuture.failedFuture(tooMuch())
                : taken(inbox.add(work, link.settings().timeout()));
    }

    /** As {@link #submit}, for what the leader itself has to do, however long it takes to be begun. */
    CompletableFuture<Supplier<?>> submitOwn(Inbox.Work work) {
        return taken(inbox.add(work, null));
    }

    private static CompletableFuture<Supplier<?>> taken(@Nullable CompletableFuture<Supplier<?>> answer) {
        return answer == null ? CompletableFuture.failedFuture(notDone()) : answer;
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

    /** Finishes what was asked, lets go of the lead and says so. Returns when that is done, or cannot be. */
    void resign() {
        inbox.close();
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
            while (!over()) {
                Inbox.Asked first = inbox.await(IDLE);
                if (first == null && inbox.isDone()) {
                    letGo();
                    return;
                }
                prepare(first);
                if (first != null) {
                    serve(first);
                }
                cleaner.consider(desk);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Batch.HalfDone e) {
            LOG.error("the journal is read anew", e);
            stepDown(e);
        } catch (RuntimeException | Error e) {
            stepDown(e);
        } finally {
            stepDown(null);
        }
    }

    /** What there is to do before a call is carried out, which is told when that fails. */
    private void prepare(Inbox.@Nullable Asked first) {
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
        desk.loaded();
        cleaner.loaded(desk);
        loaded.complete(null);
        LOG.debug(
                "leads {} with {} jobs",
                link.settings().shown(),
                desk.ledger().all().size());
    }

    private void serve(Inbox.Asked first) throws InterruptedException {
        room.acquire();
        Draft draft = journal.draft();
        changes.begin(draft);
        Batch batch = new Batch(desk, changes);
        gather(first, batch);
        List<Runnable> tidying = tidier.tidying(changes.takeUntidy());
        boolean changed = !changes.isEmpty();
        CompletableFuture<Void> durable = changed ? commit(draft) : journal.barrier();
        CompletableFuture<Void> unused = durable.whenCompleteAsync(
                (done, e) -> {
                    room.release();
                    if (e == null) {
                        batch.answer();
                        bell.ring(batch.signals());
                        tidying.forEach(crew::begin);
                    } else {
                        failed(e, changed, batch);
                    }
                },
                crew.acks());
    }

    /** Carries out what waits, until there is enough for one commit. */
    private void gather(Inbox.Asked first, Batch batch) {
        try {
            for (Inbox.Asked asked = first; asked != null; asked = next(asked, batch)) {
                if (over() || !link.connected()) {
                    batch.refuse(asked, notDone());
                } else if (asked.late()) {
                    batch.refuse(asked, tooMuch());
                } else {
                    batch.carryOut(asked);
                }
            }
        } catch (Batch.HalfDone e) {
            batch.fail(notDone());
            throw e;
        }
    }

    private Inbox.@Nullable Asked next(Inbox.Asked before, Batch batch) {
        boolean enough = before.alone() || batch.size() >= MOST_ASKED || changes.size() >= MOST_BYTES;
        return enough ? null : inbox.nextTogether();
    }

    private CompletableFuture<Void> commit(Draft draft) {
        if (over()) {
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

    private void failed(Throwable error, boolean changed, Batch batch) {
        Throwable e = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        boolean unsent = e instanceof AskFailed failed && failed.why == AskFailed.Why.NOBODY;
        AskFailed.Why why = changed && !unsent ? AskFailed.Why.SILENCE : AskFailed.Why.NOBODY;
        AskFailed told = new AskFailed(why, String.valueOf(e.getMessage()), e);
        if (changed || !(e instanceof AskFailed)) {
            stepDown(e);
        }
        batch.fail(told);
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
        if (over.getAndSet(true)) {
            return;
        }
        List<Inbox.Asked> left = inbox.empty();
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
