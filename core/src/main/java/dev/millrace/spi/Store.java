package dev.millrace.spi;

import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/**
 * Where jobs live. One implementation per engine; all pass the contract suite of the testkit.
 *
 * <p>Calls block, take batches and may come from any thread. The unit of atomicity is the partition (a queue, or a shard of
 * one): a call is atomic per job, and per partition where the engine can; it reports what became of each element. Every
 * call may be repeated: {@code enqueue} by the jobs' ids, {@code exchange} by the outcomes' lease tokens.
 *
 * <p>Errors: a call that may be repeated once the store is back throws {@link StoreUnavailableException}; one that no
 * repetition mends (a corrupt file, a newer schema) throws {@link dev.millrace.StoreException}. Both name the store without
 * its password and say what is known of the data.
 */
public interface Store extends Intake, Floor, Catalog, Controls, Notes, Transfer, AutoCloseable {

    /** What this store is: for people, and for errors and screens. Never holds a password. */
    StoreInfo info();

    /** The store's time: the server's where there is one, moved by the configured clock's offset. */
    Instant now();

    /**
     * Asks for wake-ups. They are debounced, carry no data and may be lost: correctness never depends on one.
     *
     * <p>The listener is called on a thread of the store and must return at once.
     */
    Subscription listen(WakeListener listener);

    /**
     * Checks the store's own books against its jobs: statistics equal a recount, every index entry belongs to a job, no
     * claim is without a session. Reads everything, so it is for tests and for finding out what is wrong.
     *
     * @return what is wrong, one sentence each; empty when all is well
     */
    List<String> verify();

    /**
     * Looks at the engine for what hurts queues or loses jobs: settings, what is nearly full, what others hold. Harmless while
     * workers run: it changes no job, and is bounded in time (half a minute at most) and in what it reads. What cannot be read
     * is a finding, never an exception.
     */
    Examination examine();

    /** Gives space back and refreshes the engine's own statistics. Safe while workers run; may take minutes. */
    void optimize();

    /** Lets go of everything. Calls under way end first; later ones throw {@link dev.millrace.StoreException}. */
    @Override
    void close();

    /** Enqueue and settle within transactions of the application; empty for an engine that is no SQL database. */
    default Optional<Transactions> transactions() {
        return Optional.empty();
    }

    /** What may have happened in the store. An engine that cannot tell reports all of them. */
    enum Signal {
        /** A job may have become READY. */
        READY,
        /** A job may have ended. */
        FINISHED,
        /** A cancel request, a command to a session or a setting may have come. */
        CONTROL
    }

    /** Told of signals, possibly late, possibly never. */
    @FunctionalInterface
    interface WakeListener {
        void wake(EnumSet<Signal> signals);
    }

    /** One listener's wish for wake-ups. */
    interface Subscription extends AutoCloseable {
        /**
         * Says whether a wake-up would be of use now. An engine that has to look for changes (SQLite polls for those of other
         * processes) looks only while one of its subscriptions is attentive. A new subscription is not.
         */
        void attentive(boolean attentive);

        @Override
        void close();
    }
}
