package dev.millrace.sqlite;

import dev.millrace.JobState;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store.Signal;
import java.sql.SQLException;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * The write transaction under way: the writer's statements, the time, and what is gathered until the commit. One object per
 * writer; {@link #begin} and {@link #rolledBack} start it anew.
 */
final class Tx {
    final Statements sql;
    final Lanes lanes;
    final Retention retention;
    final Owner owner;
    final Outbox outbox;
    final LimitNotes limits;
    private final Counts counts;
    private EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
    private long now;

    Tx(Statements sql, Retention retention, Owner owner) {
        this.sql = sql;
        this.retention = retention;
        this.owner = owner;
        this.lanes = new Lanes(sql);
        this.counts = new Counts(sql);
        this.outbox = new Outbox(this);
        this.limits = new LimitNotes(sql);
    }

    /** Whose transaction it is. */
    enum Owner {
        STORE,
        /** What can wait does, so that the file is locked for a short time. */
        APPLICATION
    }

    /** A change to be made in a transaction. It may be run again after a roll-back, so it keeps nothing outside. */
    @FunctionalInterface
    interface Change<T extends @Nullable Object> {
        T make(Tx tx) throws SQLException;
    }

    /** Another change begins, at this time. */
    void begin(long micros) {
        now = micros;
    }

    /** The store's time when the change began, in microseconds. */
    long now() {
        return now;
    }

    /** Notes that jobs entered a state of a lane, or left it if {@code change} is negative. */
    void count(long lane, int state, long change) {
        counts.add(lane, state, change);
    }

    void count(long lane, JobState state, long change) {
        counts.add(lane, Codes.of(state), change);
    }

    void signal(Signal signal) {
        signals.add(signal);
    }

    /** Writes what was gathered; to be called before anyone reads counts, and before the commit. */
    void flush() throws SQLException {
        counts.flush();
    }

    /** What listeners are to be told of, once the transaction is committed. */
    EnumSet<Signal> committed() {
        EnumSet<Signal> told = signals;
        signals = EnumSet.noneOf(Signal.class);
        outbox.ended();
        limits.ended();
        return told;
    }

    void rolledBack() {
        counts.forget();
        lanes.forget();
        outbox.ended();
        limits.forget();
        signals = EnumSet.noneOf(Signal.class);
    }
}
