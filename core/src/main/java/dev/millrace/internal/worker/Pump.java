package dev.millrace.internal.worker;

import dev.millrace.internal.Nanos;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ExchangeReply;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that exchanges outcomes for claims. Outcomes gather while the exchange before them is under way, and for a
 * millisecond while every hand has a backlog, so that a store in memory is not asked for each by itself. It sleeps while there is
 * nothing to send and nothing to claim, and wakes for an outcome, a wake-up of the store, or the moment at which the next job
 * falls due.
 */
final class Pump implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Pump.class);
    private static final long FIRST_BACKOFF_NANOS = 50_000_000L;
    private static final long LONGEST_BACKOFF_NANOS = 5_000_000_000L;

    /** So many outcomes are sent at once even while there is a backlog. */
    static final int GATHERED = 250;

    private static final long GATHER_NANOS = 1_000_000L;

    private final WorkerConfig config;
    private final Exchanger exchanger;
    private final Demand demand;
    private final Dispatch dispatch;
    private final Attention attention;
    private final Trouble trouble;
    /** Hands in outcomes beside it; null where the store gains nothing by that. */
    private final @Nullable Settler settler;

    private volatile boolean ended;
    private volatile boolean parked;
    /** Whether it wakes by itself to send what has gathered. */
    private volatile boolean gathers;
    /** Whether there may be something to claim. */
    private volatile boolean hint = true;

    private @Nullable Thread thread;
    private long nextDueNanos = Long.MAX_VALUE;
    /** Since when outcomes gather; 0 while they do not. */
    private long gatheringSince;

    /** What the worker would take. */
    interface Demand {
        /** What to claim now. */
        Claim claim();

        /** Whether every hand has work before it, so that outcomes may gather for a moment. */
        boolean backlog();
    }

    /** Takes what an exchange brought. */
    interface Dispatch {
        void claimed(Claim claim, Exchanger.Brought brought);
    }

    /** Told whether a wake-up would be of use now. */
    @FunctionalInterface
    interface Attention {
        void attentive(boolean value);
    }

    Pump(
            WorkerConfig config,
            Exchanger exchanger,
            Demand demand,
            Dispatch dispatch,
            Attention attention,
            Trouble trouble,
            @Nullable Settler settler) {
        this.config = config;
        this.exchanger = exchanger;
        this.demand = demand;
        this.dispatch = dispatch;
        this.attention = attention;
        this.trouble = trouble;
        this.settler = settler;
    }

    void start() {
        Thread pump = new Thread(this, config.name() + "-pump");
        pump.setDaemon(true);
        thread = pump;
        pump.start();
        if (settler != null) {
            settler.start();
        }
    }

    /** There may be something to claim. */
    void hint() {
        hint = true;
        wake();
    }

    /** There is something to send. While there is a backlog, outcomes gather: this is called for each of them. */
    void outcome() {
        if (settler != null && exchanger.waiting() >= GATHERED) {
            settler.wake();
        }
        if (parked && (!gathers || exchanger.waiting() >= GATHERED || !demand.backlog())) {
            LockSupport.unpark(thread);
        }
    }

    /** Demand has changed. */
    void wake() {
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    /** Whether it has nothing to send and found nothing to claim. */
    boolean sleeps() {
        // Sending is asked for twice: what is taken to be sent between the first look and the second is under way, or
        // told
        // of, by the third. Parked as well: a hint that is being taken up is none any more, but the pump is awake.
        return parked && !hint && !exchanger.sending() && !exchanger.hasOutcomes() && !exchanger.sending() && parked;
    }

    /** Ends after what it is doing. */
    void end() {
        ended = true;
        LockSupport.unpark(thread);
        if (settler != null) {
            settler.end();
        }
    }

    void join(Duration most) throws InterruptedException {
        Thread pump = thread;
        if (pump != null) {
            pump.join(Math.max(1, most.toMillis()));
        }
        if (settler != null) {
            settler.join(most);
        }
    }

    @Override
    public void run() {
        long backoff = FIRST_BACKOFF_NANOS;
        while (!ended) {
            try {
                turn();
                backoff = FIRST_BACKOFF_NANOS;
            } catch (Throwable e) {
                hint = true;
                trouble.report(
                        "the store", e, "outcomes are kept and sent again; nothing new is claimed until it answers");
                LockSupport.parkNanos(backoff);
                backoff = Math.min(LONGEST_BACKOFF_NANOS, backoff * 2);
            }
        }
        LOG.debug("{}: the pump has ended", config.name());
    }

    private void turn() {
        boolean hinted = hint;
        hint = false; // before it is asked what to claim: what may be claimed from then on is for another turn
        Claim claim = demand.claim();
        boolean claims = claim instanceof Claim.Next;
        boolean wants = claims && (hinted || System.nanoTime() - nextDueNanos >= 0);
        if (!wants && !worthSending()) {
            if (hinted) {
                hint = true;
            }
            park(claims);
            return;
        }
        Exchanger.Brought brought;
        if (settler != null && wants && exchanger.leavesToSettler()) {
            settler.wake();
            brought = exchanger.claim(claim);
        } else {
            brought = exchanger.exchange(claim);
        }
        if (!exchanger.hasUnsent()) {
            trouble.over();
        }
        try {
            take(claim, brought);
        } catch (RuntimeException | Error e) {
            exchanger.giveUp(brought);
            throw e;
        }
    }

    private void take(Claim claim, Exchanger.Brought brought) {
        ExchangeReply reply = brought.reply();
        nextDueNanos = reply.nextDue() == null
                ? Long.MAX_VALUE
                : System.nanoTime() + Nanos.of(Duration.between(reply.now(), reply.nextDue()));
        if (!(claim instanceof Claim.Next next) || reply.claimed().size() >= next.limit()) {
            hint = true;
        }
        dispatch.claimed(claim, brought);
    }

    /** Outcomes are sent at once, unless every hand is busy and there are but few: those may gather, for a millisecond. */
    private boolean worthSending() {
        if (!exchanger.hasOutcomes()) {
            gatheringSince = 0;
            return false;
        }
        long now = System.nanoTime();
        if (exchanger.waiting() >= GATHERED || !demand.backlog()) {
            gatheringSince = 0;
            return true;
        }
        if (gatheringSince == 0) {
            gatheringSince = now;
        }
        boolean longEnough = now - gatheringSince >= GATHER_NANOS;
        gatheringSince = longEnough ? 0 : gatheringSince;
        return longEnough;
    }

    private void park(boolean claims) {
        gathers = gatheringSince != 0;
        parked = true;
        try {
            if (claims) {
                attention.attentive(true);
            }
            // What came before parked was set did not wake us.
            if (worthSending() || (claims && hint) || ended) {
                return;
            }
            long most = gatheringSince == 0 ? config.timing().heartbeat().toNanos() : GATHER_NANOS;
            long untilDue = nextDueNanos == Long.MAX_VALUE ? most : nextDueNanos - System.nanoTime();
            LockSupport.parkNanos(Math.max(1, Math.min(claims ? untilDue : most / 10, most)));
        } finally {
            parked = false;
            if (claims) {
                attention.attentive(false);
            }
        }
    }
}
