package dev.millrace.internal.worker;

import dev.millrace.JobState;
import dev.millrace.spi.Beat;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that keeps the session alive: beats, learns what was asked of the worker, and sweeps. It beats before it sweeps,
 * so a worker never closes its own session for silence.
 */
final class Heart implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Heart.class);
    /** How long news of runs may wait for a beat. */
    private static final Duration REPORT_WITHIN = Duration.ofSeconds(1);
    /** How often, at most, the store is asked for news on the ground of wake-ups. */
    private static final Duration PEEK_EVERY = Duration.ofMillis(50);

    /** How many reports are kept that the store did not take, as in an outage; the oldest go first. */
    private static final int MOST_UNTOLD = 100;

    private final Store store;
    private final WorkerConfig config;
    private final Tenure tenure;
    private final Patient patient;
    private final Trouble trouble;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    private boolean ended;
    private boolean peekWanted;
    private long nextBeat = System.nanoTime();
    private @Nullable Thread thread;
    private List<Beat.RunReport> untold = List.of();

    /** What the heart serves. */
    interface Patient {
        /** The runs under way. */
        List<Run> running();

        /** The runs that have not begun. */
        List<Run> waiting();

        /** What the worker tells of itself (JSON). */
        String status();

        /** These runs were cancelled. */
        void cancelled(List<RunRef> runs);

        /** What the session holds. */
        void held(List<BeatReply.Held> held);

        /** An operator wants something; null for nothing. */
        void command(@Nullable SessionCommand command);

        /** The store knows that the worker lives. */
        void beaten();

        /** There is something to claim. */
        void claimable();

        /** The session was taken for dead: everything under way belongs to others. */
        void lost();

        /** These queues are paused. */
        void paused(Set<String> queues);
    }

    Heart(Store store, WorkerConfig config, Tenure tenure, Patient patient, Trouble trouble) {
        this.store = store;
        this.config = config;
        this.tenure = tenure;
        this.patient = patient;
        this.trouble = trouble;
    }

    /** Opens the session and begins to beat. */
    void start() {
        patient.paused(QueueSettings.paused(store));
        open(tenure::session);
        nextBeat = System.nanoTime() + config.timing().heartbeat().toNanos();
        Thread heart = new Thread(this, config.name() + "-heart");
        heart.setDaemon(true);
        thread = heart;
        heart.start();
        patient.beaten();
    }

    private void open(Supplier<UUID> session) {
        long millis = System.currentTimeMillis();
        long nanos = System.nanoTime();
        store.openSession(new SessionOpening(session.get(), config.name(), patient.status()));
        tenure.heard(millis, nanos, store.now());
    }

    /** Something may have been asked of the worker: look soon. */
    void peek() {
        lock.lock();
        try {
            peekWanted = true;
            change.signal();
        } finally {
            lock.unlock();
        }
    }

    /** A run has news: beat within a second. */
    void reported() {
        long soon = System.nanoTime() + REPORT_WITHIN.toNanos();
        lock.lock();
        try {
            if (soon - nextBeat < 0) {
                nextBeat = soon;
                change.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The session may be closed: beat at once. */
    void beatNow() {
        lock.lock();
        try {
            nextBeat = System.nanoTime();
            change.signal();
        } finally {
            lock.unlock();
        }
    }

    void end() {
        lock.lock();
        try {
            ended = true;
            change.signal();
        } finally {
            lock.unlock();
        }
    }

    private boolean hasEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    void join() throws InterruptedException {
        Thread heart = thread;
        if (heart != null) {
            heart.join(config.timing().heartbeat().toMillis());
        }
    }

    @Override
    public void run() {
        long lastPeek = System.nanoTime() - PEEK_EVERY.toNanos();
        while (true) {
            boolean peeks;
            lock.lock();
            try {
                long now = System.nanoTime();
                while (!ended && nextBeat - now > 0 && !(peekWanted && now - lastPeek >= PEEK_EVERY.toNanos())) {
                    long wait = nextBeat - now;
                    if (peekWanted) {
                        wait = Math.min(wait, lastPeek + PEEK_EVERY.toNanos() - now);
                    }
                    change.awaitNanos(wait);
                    now = System.nanoTime();
                }
                if (ended) {
                    return;
                }
                peeks = nextBeat - now > 0;
                peekWanted = false;
                if (peeks) {
                    lastPeek = now;
                } else {
                    nextBeat = now + config.timing().heartbeat().toNanos();
                }
            } catch (InterruptedException e) {
                continue; // nobody has a reason to: only end() ends it
            } finally {
                lock.unlock();
            }
            live(peeks);
        }
    }

    private void live(boolean peeks) {
        try {
            if (peeks) {
                look();
            } else {
                beat();
                if (hasEnded()) {
                    return; // the store may be closed by now
                }
                patient.paused(QueueSettings.paused(store));
                patient.beaten();
                trouble.over();
            }
        } catch (Throwable e) {
            trouble.report(
                    "a heartbeat",
                    e,
                    "after " + config.timing().lease() + " without one other workers take the jobs back");
        }
    }

    /** Reads, without writing anything, what a wake-up may have meant. */
    private void look() {
        patient.paused(QueueSettings.paused(store));
        List<UUID> held = Stream.concat(patient.running().stream(), patient.waiting().stream())
                .map(Run::id)
                .toList();
        if (held.isEmpty()) {
            return;
        }
        List<RunRef> cancelled = new ArrayList<>();
        for (JobRecord record : store.get(held)) {
            if (record.state() == JobState.RUNNING && record.run().cancelRequested()) {
                cancelled.add(new RunRef(
                        record.id(), record.spec().queue(), record.run().token()));
            }
        }
        patient.cancelled(cancelled);
    }

    /** One beat now, on the caller's thread; one at a time, so that a lost session is replaced by one new one. */
    synchronized void beat() {
        List<Beat.RunReport> reports = new ArrayList<>(untold);
        for (Run run : patient.running()) {
            Report report = run.takeReport();
            if (!report.isEmpty()) {
                reports.add(new Beat.RunReport(run.ref(), report));
            }
        }
        while (reports.size() > MOST_UNTOLD) {
            reports.remove(0);
        }
        untold = reports;
        long millis = System.currentTimeMillis();
        long nanos = System.nanoTime();
        BeatReply reply = store.beat(new Beat(tenure.session(), patient.status(), reports));
        untold = reply.untold();
        if (!reply.open() && hasEnded()) {
            return; // its worker has stopped while this was under way: nobody needs another
        }
        if (!reply.open()) {
            LOG.warn(
                    "{}: its session was not heard of for too long and was closed; what it ran is interrupted and runs again"
                            + " elsewhere, and it goes on with a new session",
                    config.name());
            patient.lost();
            tenure.renew();
            open(tenure::session);
            if (hasEnded()) {
                store.closeSession(tenure.session()); // nobody else may: the stop knows the one before
            }
            patient.claimable();
            return;
        }
        tenure.heard(millis, nanos, reply.now());
        patient.cancelled(reply.cancelled());
        patient.held(reply.held());
        patient.command(reply.command());
        if (reply.claimable()) {
            patient.claimable();
        }
    }
}
