package dev.millrace;

import dev.millrace.internal.locks.Locks;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A lock that was taken, to be released: made by {@link Millrace#tryLock}. Safe for use from any thread.
 *
 * <pre>{@code
 * Optional<NamedLock> taken = millrace.tryLock("nightly-report", Duration.ofMinutes(5));
 * if (taken.isPresent()) {
 *     try (NamedLock lock = taken.get()) {
 *         publish(report, lock.token());
 *     }
 * }
 * }</pre>
 *
 * <p><b>It is a promise for a time, not a wall.</b> Once its time has passed by the store's clock, anybody may take it over,
 * whatever its holder is at: a holder that was frozen, or cut off from the store, may go on without knowing. So renew it well
 * before its time is over, stop when that fails, and let whoever must not be written to twice refuse a {@link #token} smaller
 * than the largest it has seen.
 *
 * <p><b>Who holds it is an owner.</b> An owner may take its own lock again, as a method does that is called by another: each
 * take has a time of its own, the lock is held until the last of them has passed, and is free once each was released. Threads
 * of one {@link Millrace} have the same owner unless they say another.
 */
public final class NamedLock implements AutoCloseable {
    private final Locks locks;
    private volatile Locks.Take take;
    private volatile boolean over;

    NamedLock(Locks locks, Locks.Take take) {
        this.locks = locks;
        this.take = take;
    }

    public String name() {
        return take.name();
    }

    /** Who holds it. */
    public String owner() {
        return take.owner();
    }

    /**
     * A number, above zero, that stays the same as long as the owner holds the lock without a break, renewals and further takes
     * included, and is larger at each later take by whomever, also after the lock had run out or was broken. It grows per lock
     * within one store; two locks' tokens have nothing to do with each other.
     */
    public long token() {
        return take.token();
    }

    /** When this take ends unless it is renewed, by the store's clock. */
    public Instant expiresAt() {
        return take.until();
    }

    /**
     * Lets this take last so long from now on, which may be shorter than before.
     *
     * @param timeToLive 1 second to 1000 years
     * @return false when it is too late: its time had passed, it was released, or the lock was broken. It cannot be renewed any
     *     more, and another may hold the lock: stop
     * @throws StoreException when the store does not answer: it is not known whether it was renewed; try again until {@link
     *     #expiresAt}
     */
    public synchronized boolean renew(Duration timeToLive) {
        Limits.lockTime(timeToLive);
        Optional<Locks.Take> renewed = over ? Optional.empty() : locks.renew(take, timeToLive);
        renewed.ifPresent(value -> take = value);
        over = renewed.isEmpty();
        return !over;
    }

    /**
     * Gives this take back. The lock is free once its owner has released each.
     *
     * @return false when the owner had lost it before: its time had passed, it was broken, or this was released already. Then
     *     nothing is changed: whoever holds it now keeps it
     * @throws StoreException when the store does not answer: it may still be held, until its time has passed; may be repeated
     */
    public synchronized boolean release() {
        boolean released = !over && locks.release(take);
        over = true;
        return released;
    }

    /** As {@link #release}, and nothing is said of a lock that was lost before. */
    @Override
    public void close() {
        release();
    }

    @Override
    public String toString() {
        return "lock " + name() + " of " + owner() + ", token " + token();
    }
}
