package dev.millrace.internal.worker;

import dev.millrace.spi.Outcome;
import dev.millrace.spi.Transactions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out how runs ended whose handlers have settled them in transactions of their own ({@link JointSettle}). The handler's word
 * does not count, and its outcome is not sent before the store has said that there was no commit: while that transaction is open,
 * the outcome would wait for it, and all others with it.
 */
final class Aftermath {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final int DOUBLINGS = 8;
    /** Each pause is twice as long as the one before, up to this one. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    /** How long a transaction may be open after its handler is done until that is said. */
    private static final Duration UNTIL_WARNING = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(Aftermath.class);

    private final Supplier<Transactions> transactions;
    private final Deadlines timer;
    private final Deadlines warnings;
    private final Ends ends;
    /** Those of which it is not known yet, each with the warning that will come. */
    private final Map<Run, Future<?>> open = new ConcurrentHashMap<>();

    /** Told once per run what came of it. */
    interface Ends {
        /** It has ended with its outcome, which is to be sent. */
        void ended(Run run, Outcome outcome);

        /** It is on record as succeeded. */
        void recorded(Run run);

        /** The worker stops before it is known: nothing is to be sent. */
        void left(Run run);
    }

    /**
     * @param timer its thread looks again at what is still open, and may wait for the store with each look
     * @param warnings its thread says what is open for too long, while a look may still be waiting
     */
    Aftermath(Supplier<Transactions> transactions, Deadlines timer, Deadlines warnings, Ends ends) {
        this.transactions = transactions;
        this.timer = timer;
        this.warnings = warnings;
        this.ends = ends;
    }

    /**
     * Looks at once, on this thread; later looks are on the timer's. The run has its outcome, for the case of no commit.
     *
     * @return whether it is known now
     */
    boolean look(Run run) {
        open.put(run, warnings.after(UNTIL_WARNING, () -> warn(run)));
        return look(run, 0);
    }

    /** Looks soon, on the timer's thread. */
    void lookSoon(Run run) {
        open.put(run, warnings.after(UNTIL_WARNING, () -> warn(run)));
        again(run, 0);
    }

    private boolean look(Run run, int looks) {
        Transactions.Standing standing;
        try {
            standing = transactions.get().standing(run.ref());
        } catch (Throwable e) {
            // whatever it was: without another look the job would be held for ever
            LOG.debug("{}: how it ended is not known yet: {}", run, e.toString());
            standing = Transactions.Standing.OPEN;
        }
        if (standing == Transactions.Standing.OPEN) {
            again(run, looks);
            return false;
        }
        if (close(run)) {
            decide(run, standing);
        }
        return true;
    }

    private void decide(Run run, Transactions.Standing standing) {
        if (standing == Transactions.Standing.SETTLED) {
            run.endAnew(new Outcome.Succeeded(null));
            ends.recorded(run);
            return;
        }
        Outcome outcome = Objects.requireNonNull(run.outcome());
        if (run.joint().asked() && outcome instanceof Outcome.Succeeded) {
            // said so by a batch's handler before it called succeedIn: what it wrote is lost
            outcome = Verdict.notCommitted(run);
            run.endAnew(outcome);
        }
        run.joint().undone();
        ends.ended(run, outcome);
    }

    private void again(Run run, int looks) {
        if (open.containsKey(run)) {
            Duration pause = looks < DOUBLINGS ? FIRST_PAUSE.multipliedBy(1L << looks) : LONGEST_PAUSE;
            var unused = timer.after(pause, () -> look(run, looks + 1));
        }
    }

    private void warn(Run run) {
        if (open.containsKey(run)) {
            LOG.warn(
                    "{}: its handler is done, and whether the transaction in which it called succeedIn was committed cannot be"
                            + " told: it is still open, or the store does not answer. The job stays RUNNING until that is known."
                            + " Handlers must commit or roll back before they return",
                    run);
        }
    }

    /** Whether it was open until now. */
    private boolean close(Run run) {
        Future<?> warning = open.remove(run);
        if (warning == null) {
            return false;
        }
        warning.cancel(false);
        return true;
    }

    /** Lets go of what is still open. */
    void leave() {
        for (Run run : List.copyOf(open.keySet())) {
            if (close(run)) {
                ends.left(run);
            }
        }
    }
}
