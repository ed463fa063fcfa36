package dev.millrace.nats;

import dev.millrace.StoreException;
import dev.millrace.nats.Seats.Seat;
import dev.millrace.spi.Retention;
import dev.millrace.spi.StoreUnavailableException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds who leads and asks there, or takes the lead when no one does. Nothing watches in the background: whoever needs an
 * answer and gets none looks for itself. Two that take the lead at once, or a leader that was only slow, do no harm: of all
 * that is published under the condition of the same last message, the server takes one.
 */
final class Leadership implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

    /** The first pause after a journal could not be read; each further one is twice as long. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    private static final int MOST_DOUBLINGS = 6;

    private static final long PAUSE_NANOS = 20_000_000L;

    private final Link link;
    private final Settings settings;
    private final Retention retention;
    private final ServerClock clock;
    private final Bell bell;
    private final Crew crew;
    private final Asker asker;
    private final String name;
    private final Seats seats;
    private final ReentrantLock taking = new ReentrantLock();
    private final Grace grace;
    private final AtomicReference<@Nullable Leader> leader = new AtomicReference<>();
    private volatile @Nullable Failed failed;
    private volatile boolean closed;

    /** The journal could not be read, so many times in a row, and is not tried again until then, by nanoTime. */
    private record Failed(Throwable why, int times, long until) {}

    Leadership(Link link, Retention retention, ServerClock clock, Bell bell, Crew crew, String name) {
        this.link = link;
        this.settings = link.settings();
        this.retention = retention;
        this.clock = clock;
        this.bell = bell;
        this.crew = crew;
        this.name = name;
        seats = new Seats(link, clock);
        asker = new Asker(link, retention, clock, this::leads);
        grace = new Grace(settings);
        link.line().onLoss(() -> onMine(Leader::doubt));
        link.line().onReturn(() -> onMine(Leader::lookAgain));
        link.line().onRenewal(() -> onMine(Leader::unheard));
    }

    private void onMine(Consumer<Leader> action) {
        Leader mine = leader.get();
        if (mine != null) {
            action.accept(mine);
        }
    }

    /** Whether this instance leads. */
    boolean leads() {
        Leader mine = leader.get();
        return mine != null && !mine.over();
    }

    /** Waits until someone leads, however long a journal takes to read: as long as that goes on. */
    void begin() {
        while (true) {
            try {
                call(new Call.Now());
                return;
            } catch (StoreUnavailableException e) {
                if (Thread.currentThread().isInterrupted() || !reading()) {
                    throw e;
                }
            }
        }
    }

    /** Whether there is a leader that reads the journal. That ends by itself: each step of it has a timeout. */
    private boolean reading() {
        Leader mine = leader.get();
        if (mine != null && !mine.over()) {
            return !mine.loaded().isDone();
        }
        try {
            Seat present = seats.present();
            return present != null
                    && !present.lead().vacant()
                    && asker.presence(present.lead().epoch()) == Asker.Presence.READING;
        } catch (StoreException e) {
            LOG.debug("whether the leader reads is not known", e);
            return false;
        }
    }

    /** The answer to a call, from whoever leads. */
    <R> R call(Call<R> call) {
        long deadline = System.nanoTime() + settings.timeout().toNanos();
        while (true) {
            if (closed) {
                throw new StoreException("the store at " + settings.shown() + " is closed: open it anew");
            }
            if (link.line().givenUp()) {
                throw new StoreException("the connection to " + settings.shown()
                        + " has ended after reconnect.attempts="
                        + settings.reconnect().attempts() + ": open the store anew. Nothing was changed by this call");
            }
            try {
                if (!link.connected()) {
                    throw new AskFailed(AskFailed.Why.NOBODY, "there is no connection", null);
                }
                Leader mine = leader.get();
                if (mine != null && !mine.over()) {
                    return here(mine, call);
                }
                Seat present = seats.present();
                if (present == null
                        || present.lead().vacant()
                        || seats.own(present.lead().epoch())) {
                    take(present);
                } else {
                    R answer = asker.ask(present.lead().epoch(), call);
                    grace.heard();
                    return answer;
                }
            } catch (AskFailed e) {
                Seat asked = seats.known();
                seats.forget();
                if (e.why == AskFailed.Why.SILENCE) {
                    replaceIfDead(asked);
                    if (!call.looks()) {
                        throw NatsErrors.unavailable(settings, String.valueOf(e.getMessage()), e);
                    }
                }
                long now = System.nanoTime();
                if (now > deadline) {
                    throw NatsErrors.notDone(settings, String.valueOf(e.getMessage()), e);
                }
                if (asked != null && grace.isOver(asked.lead().epoch(), link.connected(), now)) {
                    takeQuietly(asked);
                }
                pause();
            }
        }
    }

    private static void pause() {
        LockSupport.parkNanos(PAUSE_NANOS);
        if (Thread.currentThread().isInterrupted()) {
            throw new StoreUnavailableException("interrupted while waiting for the store: nothing was changed", null);
        }
    }

    @SuppressWarnings("unchecked") // the call says what its answer is
    private <R> R here(Leader mine, Call<R> call) {
        awaitLoaded(mine);
        CompletableFuture<Supplier<?>> answer = mine.submit(work(mine, new Asking(call, retention)));
        try {
            return (R) answer.get(settings.timeoutFor(call.bytes()).toMillis(), TimeUnit.MILLISECONDS)
                    .get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailableException(
                    "interrupted while waiting for the store: whether the call took effect is not known", e);
        } catch (TimeoutException e) {
            throw NatsErrors.unavailable(settings, "no answer came in time", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AskFailed failed) {
                throw failed;
            }
            throw NatsErrors.of(settings, e.getCause());
        }
    }

    private void awaitLoaded(Leader mine) {
        if (mine.loaded().isDone() && !mine.loaded().isCompletedExceptionally()) {
            return;
        }
        try {
            mine.loaded().get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailableException("interrupted while waiting for the store: nothing was changed", e);
        } catch (TimeoutException e) {
            throw NatsErrors.notDone(settings, "the journal is being read, " + mine.progress() + " entries so far", e);
        } catch (ExecutionException e) {
            throw notLed(e.getCause());
        }
    }

    /** The journal could not be read: what passes is waited for, the rest is told. */
    private RuntimeException notLed(@Nullable Throwable why) {
        if (why instanceof AskFailed || why instanceof StoreUnavailableException) {
            return new AskFailed(AskFailed.Why.NOBODY, String.valueOf(why.getMessage()), why);
        }
        return NatsErrors.of(settings, why);
    }

    private void loaded(@Nullable Throwable error) {
        Failed before = failed;
        if (error == null || error instanceof AskFailed) {
            failed = null;
            return;
        }
        int times = before == null ? 0 : Math.min(before.times + 1, MOST_DOUBLINGS);
        failed = new Failed(error, times, System.nanoTime() + (FIRST_PAUSE.toNanos() << times));
    }

    private Inbox.Work work(Leader mine, Asking asking) {
        Call<?> call = asking.call();
        if (call instanceof Call.Verify) {
            return (Inbox.Alone) (desk, signals) -> Verifying.run(link, retention, mine, desk);
        }
        if (call instanceof Call.Optimize) {
            return (desk, signals) -> {
                mine.cleanSoon();
                return desk.handle(asking, signals);
            };
        }
        return (desk, signals) -> desk.handle(asking, signals);
    }

    /** The leader did not answer a call: if it does not answer to its name either, it is replaced. */
    private void replaceIfDead(@Nullable Seat asked) {
        if (asked != null
                && link.connected()
                && !seats.own(asked.lead().epoch())
                && asker.presence(asked.lead().epoch()) == Asker.Presence.NONE
                && link.connected()) {
            LOG.debug("the leader {} of {} does not answer", asked.lead().name(), settings.shown());
            takeQuietly(asked);
        }
    }

    private void takeQuietly(Seat from) {
        try {
            take(from);
        } catch (AskFailed | StoreException e) {
            LOG.debug("the lead could not be taken", e);
        }
    }

    /** Takes the lead, unless someone else did since. */
    private void take(@Nullable Seat from) {
        if (!settings.lead()) {
            throw new AskFailed(
                    AskFailed.Why.NOBODY, "no instance leads, and this one may not (lead=false): start a worker", null);
        }
        Failed lately = failed;
        if (lately != null && lately.until - System.nanoTime() > 0) {
            throw notLed(lately.why);
        }
        if (!lockWithin()) {
            throw new AskFailed(AskFailed.Why.NOBODY, "the lead is being taken", null);
        }
        try {
            Leader mine = leader.get();
            if (closed || (mine != null && !mine.over())) {
                return;
            }
            long last = link.info().getStreamState().getLastSequence();
            seats.forget();
            Seat present = seats.present();
            if (!Seats.same(from, present)) {
                return;
            }
            Lead lead = new Lead(UUID.randomUUID(), false, name);
            long at = seats.claim(lead, last);
            if (at > 0) {
                begin(lead, at);
                if (from != null
                        && !from.lead().vacant()
                        && !seats.own(from.lead().epoch())) {
                    LOG.warn(
                            "the leader {} of {} was not there: this instance leads now",
                            from.lead().name(),
                            settings.shown());
                }
            }
        } finally {
            taking.unlock();
        }
    }

    private boolean lockWithin() {
        try {
            return taking.tryLock(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailableException("interrupted while waiting for the store: nothing was changed", e);
        }
    }

    private boolean lockToClose() {
        try {
            return lockWithin();
        } catch (StoreUnavailableException e) {
            LOG.debug("interrupted while the lead was being taken: it is let go of as it is", e);
            return false;
        }
    }

    private void begin(Lead lead, long at) {
        Leader mine = new Leader(link, lead, at, retention, clock, bell, crew, Thrift.of(settings));
        CompletableFuture<Void> unusedToo = mine.loaded().whenComplete((done, e) -> loaded(e));
        Office office = new Office(link, mine, crew, clock, asking -> work(mine, asking));
        CompletableFuture<Void> unused = mine.ended().whenComplete((done, e) -> {
            office.close();
            // All jobs are in its memory.
            leader.compareAndSet(mine, null);
        });
        seats.taken(lead, at);
        leader.set(mine);
        mine.start();
    }

    @Override
    public void close() {
        closed = true;
        boolean locked = lockToClose();
        try {
            Leader mine = leader.get();
            if (mine != null) {
                mine.resign();
            }
        } finally {
            if (locked) {
                taking.unlock();
            }
        }
    }
}
