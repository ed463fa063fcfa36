package dev.millrace.internal.memory;

import dev.millrace.spi.Micros;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionRecord;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A worker's registration and the claims that it holds. */
final class Session {
    final UUID id;
    String worker;
    String status;
    final long openedAt;
    long heardAt;
    long closedAt = Micros.NEVER;

    @Nullable
    SessionCommand command;

    final Set<Job> claims = Collections.newSetFromMap(new IdentityHashMap<>());

    Session(UUID id, String worker, String status, long now) {
        this.id = id;
        this.worker = worker;
        this.status = status;
        this.openedAt = now;
        this.heardAt = now;
    }

    boolean open() {
        return closedAt == Micros.NEVER;
    }

    SessionRecord record() {
        return new SessionRecord(
                id,
                worker,
                status,
                Micros.instant(openedAt),
                Micros.instant(heardAt),
                Micros.orNull(closedAt),
                claims.size());
    }
}
