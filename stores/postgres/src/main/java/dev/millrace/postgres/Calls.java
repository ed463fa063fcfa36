package dev.millrace.postgres;

import dev.millrace.spi.Retention;
import dev.millrace.spi.Store.Signal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs each call of the store on a connection of the pool: repeats what the server undid for the sake of another transaction,
 * says what an error means, and rings for what was committed.
 */
final class Calls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);
    /** How often a transaction is run that the server undoes for the sake of another. */
    private static final int TRIES = 8;
    /** A clock this near to the system's is the system's. */
    private static final Duration HARDLY = Duration.ofSeconds(1);

    private final Links links;
    private final PostgresErrors errors;
    private final Sql.Names names;
    private final Clock clock;
    private final Retention retention;
    private final Wakeups wakeups;
    private final Lanes lanes = new Lanes();
    private final Flow flow = new Flow(this);
    private final Limits limits = new Limits();
    private final LowWater lowWater = new LowWater(System::nanoTime);
    private final Duration patience;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Calls under way, and one party more, which closing the store ends. */
    private final Phaser underWay = new Phaser(1);

    Calls(
            Links links,
            PostgresErrors errors,
            Sql.Names names,
            Clock clock,
            Retention retention,
            Wakeups wakeups,
            Duration patience) {
        this.links = links;
        this.errors = errors;
        this.names = names;
        this.clock = clock;
        this.retention = retention;
        this.wakeups = wakeups;
        this.patience = patience;
    }

    /** Something that is done on a connection; it may be run again, so it keeps nothing outside. */
    @FunctionalInterface
    interface Work<T extends @Nullable Object> {
        T run(Sql sql) throws SQLException;
    }

    /** Something that is done in a transaction; it may be run again. */
    @FunctionalInterface
    interface Change<T extends @Nullable Object> {
        T make(Tx tx) throws SQLException;
    }

    Flow flow() {
        return flow;
    }

    Limits limits() {
        return limits;
    }

    LowWater lowWater() {
        return lowWater;
    }

    Lanes lanes() {
        return lanes;
    }

    Retention retention() {
        return retention;
    }

    /** The time of a clock that was moved by hand, or {@link Sql#SERVER_TIME}. */
    long moved() {
        if (clock.withZone(ZoneOffset.UTC).equals(Clock.systemUTC())) {
            return Sql.SERVER_TIME;
        }
        // A thread may pause between these; a clock that goes with the system's still says a time between them.
        Instant before = Instant.now();
        Instant told = clock.instant();
        Instant after = Instant.now();
        boolean moved = told.isBefore(before.minus(HARDLY)) || told.isAfter(after.plus(HARDLY));
        return moved ? Spans.micros(told) : Sql.SERVER_TIME;
    }

    /** Runs statements that each, or as a {@link Pipeline}, are a transaction of their own. */
    <T extends @Nullable Object> T run(Work<T> work) {
        return repeated(work);
    }

    /** Runs statements within a transaction of the caller's, on the caller's connection. Nothing is repeated, and nobody told. */
    <T extends @Nullable Object> T within(Connection connection, Work<T> work) {
        begin();
        try {
            return work.run(new Sql(connection, names));
        } catch (SQLException e) {
            throw errors.joined(e);
        } finally {
            underWay.arriveAndDeregister();
        }
    }

    /** Makes a change in one transaction, then what that makes necessary for other jobs, and rings. */
    <T extends @Nullable Object> T transact(Change<T> change) {
        boolean[] caused = new boolean[1];
        T result = transact(change, caused);
        if (caused[0]) {
            flow.deliver();
        }
        return result;
    }

    /** The same for an enqueue, which does a bounded part of it; the rest is for exchanges and sweeps. */
    <T extends @Nullable Object> T transactBriefly(Change<T> change) {
        boolean[] caused = new boolean[1];
        T result = transact(change, caused);
        if (caused[0]) {
            flow.deliverOnce();
        }
        return result;
    }

    /** Makes a change in one transaction, and rings. What it makes necessary stays in the outbox. */
    <T extends @Nullable Object> T transactAlone(Change<T> change) {
        return transact(change, new boolean[1]);
    }

    /** The pool ends the transaction mode when it gets the connection back. */
    private <T extends @Nullable Object> T transact(Change<T> change, boolean[] caused) {
        EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);
        T result = repeated(sql -> {
            signals.clear();
            Connection connection = sql.connection();
            connection.setAutoCommit(false);
            try {
                Tx tx = new Tx(sql, this);
                T made = change.make(tx);
                tx.flush();
                connection.commit();
                signals.addAll(tx.signals());
                caused[0] = tx.caused();
                if (tx.broughtBack()) {
                    lowWater.cameBack();
                }
                return made;
            } catch (SQLException | RuntimeException | Error e) {
                rollBack(connection, e);
                throw e;
            }
        });
        wakeups.ring(signals);
        return result;
    }

    /** Runs something that may take minutes, on a connection of its own; again, where the server undid it for another's sake. */
    <T extends @Nullable Object> T unhurried(Work<T> work) {
        begin();
        try {
            for (int tries = 1; ; tries++) {
                try (Connection connection = links.unhurried()) {
                    return work.run(new Sql(connection, names, links.unhurriedPreface()));
                } catch (SQLException e) {
                    if (!PostgresErrors.undone(e) || tries == TRIES) {
                        throw errors.of(e);
                    }
                }
            }
        } finally {
            underWay.arriveAndDeregister();
        }
    }

    /** Whether jobs have ended since this was last asked, as far as this process has heard. */
    boolean heardOfEnds() {
        return wakeups.takeEnds();
    }

    Wakeups wakeups() {
        return wakeups;
    }

    void ring(EnumSet<Signal> signals) {
        wakeups.ring(signals);
    }

    private <T extends @Nullable Object> T repeated(Work<T> work) {
        begin();
        try {
            return tried(work);
        } finally {
            underWay.arriveAndDeregister();
        }
    }

    private <T extends @Nullable Object> T tried(Work<T> work) {
        for (int tries = 1; ; tries++) {
            try (Connection connection = links.take()) {
                Sql sql = new Sql(connection, names, links.preface());
                lanes.refresh(sql);
                return work.run(sql);
            } catch (SQLException e) {
                if (PostgresErrors.broken(e)) {
                    links.distrust();
                    lanes.distrust();
                }
                if (!PostgresErrors.undone(e) || tries == TRIES) {
                    throw errors.of(e);
                }
            }
        }
    }

    /** A connection that cannot even do that is given up, and the server ends what it had begun. */
    static void rollBack(Connection connection, Throwable cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
            try {
                connection.abort(Runnable::run);
            } catch (SQLException second) {
                cause.addSuppressed(second);
            }
        }
    }

    private void begin() {
        if (closed.get() || underWay.register() < 0) {
            throw errors.lasting("is closed. Nothing was changed");
        }
    }

    /** Refuses what comes now, and waits for calls under way, each of which ends by its timeout at the latest. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        underWay.arriveAndDeregister();
        try {
            underWay.awaitAdvanceInterruptibly(0, patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn(
                    "calls of a PostgreSQL store were still under way {} after it was closed; whether they changed anything is"
                            + " not known",
                    patience,
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        underWay.forceTermination();
        links.close();
    }
}
