package dev.millrace.internal.worker;

import dev.millrace.spi.Outcome;
import dev.millrace.spi.Transactions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
    /** Each pause is twice as long as the one before, up to this one. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    /** They take a little over a second. */
    private static final int LOOKS_BEFORE_WARNING = 8;

    private static final Logger LOG = LoggerFactory.getLogger(Aftermath.class);

    private final Supplier<Transactions> transactions;
    private final Deadlines timer;
    private final Ends ends;
    private final Set<Run> open = ConcurrentHashMap.newKeySet();

    /** Told once per run what came of it. */
    interface Ends {
        /** It has ended with its outcome, which is to be sent. */
        void ended(Run run, Outcome outcome);

        /** It is on record as succeeded. */
        void recorded(Run run);

        /** The worker stops before it is known: nothing is to be sent. */
        void left(Run run);
    }

    /** @param timer its thread looks again at what is still open */
    Aftermath(Supplier<Transactions> transactions, Deadlines timer, Ends ends) {
        this.transactions = transactions;
        this.timer = timer;
        this.ends = ends;
    }

    /** Looks at once, on this thread; later looks are on the timer's. The run has its outcome, for the case of no commit. */
    void look(Run run) {
        open.add(run);
        look(run, 0);
    }

    /** Looks soon, on the timer's thread. */
    void lookSoon(Run run) {
        open.add(run);
        again(run, 0);
    }

    private void look(Run run, int looks) {
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
        } else if (open.remove(run)) {
            decide(run, standing);
        }
    }

    private void decide(Run run, Transactions.Standing standing) {
        if (standing == Transactions.Standing.SETTLED) {
            run.endAnew(new Outcome.Succeeded(null));
            ends.recorded(run);
        } else {
            run.joint().undone();
            ends.ended(run, Objects.requireNonNull(run.outcome()));
        }
    }

    private void again(Run run, int looks) {
        if (looks == LOOKS_BEFORE_WARNING) {
            LOG.warn(
                    "{}: its handler is done, and whether the transaction in which it called succeedIn was committed cannot be"
                            + " told: it is still open, or the store does not answer. The job stays RUNNING until that is known."
                            + " Handlers must commit or roll back before they return",
                    run);
        }
        if (open.contains(run)) {
            Duration pause = looks < LOOKS_BEFORE_WARNING ? FIRST_PAUSE.multipliedBy(1L << looks) : LONGEST_PAUSE;
            var unused = timer.after(pause, () -> look(run, looks + 1));
        }
    }

    /** Lets go of what is still open. */
    void leave() {
        for (Run run : List.copyOf(open)) {
            if (open.remove(run)) {
                ends.left(run);
            }
        }
    }
}
