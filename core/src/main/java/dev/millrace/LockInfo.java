package dev.millrace;

import dev.millrace.internal.locks.Locks;
import java.time.Instant;

/**
 * A lock that is held, as people want to see it. A snapshot.
 *
 * @param name its name
 * @param owner who holds it
 * @param token the holder's {@link NamedLock#token}
 * @param since when its owner took it and has held it without a break, by the store's clock
 * @param expiresAt when it may be taken over unless it is renewed, by the store's clock
 * @param takes how often its owner has taken it and not released it
 */
public record LockInfo(String name, String owner, long token, Instant since, Instant expiresAt, int takes) {

    static LockInfo of(Locks.Held held) {
        return new LockInfo(held.name(), held.owner(), held.token(), held.since(), held.until(), held.takes());
    }
}
