package dev.millrace.nats;

import dev.millrace.spi.Micros;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SessionRecord;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A worker's registration and the claims that it holds. Times are microseconds. */
final class Session extends Kept {
    static final int SORT = 3;

    private static final SessionCommand[] COMMANDS = SessionCommand.values();

    final UUID id;
    String worker;
    String status;
    final long openedAt;
    long heardAt;
    long closedAt = Micros.NEVER;

    @Nullable
    SessionCommand command;

    final Set<Job> claims = new LinkedHashSet<>();

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

    @Override
    @SuppressWarnings("EnumOrdinal") // commands are only ever added behind the others
    void write(Out out) {
        out.one(SORT).uuid(id).flag(gone);
        if (!gone) {
            out.text(worker).text(status).number(openedAt).number(heardAt).number(closedAt);
            out.one(command == null ? -1 : command.ordinal());
        }
    }

    static Session read(In in) {
        UUID id = in.uuid();
        if (in.flag()) {
            Session none = new Session(id, "", "", 0);
            none.gone = true;
            return none;
        }
        Session session = new Session(id, in.text(), in.text(), in.number());
        session.heardAt = in.number();
        session.closedAt = in.number();
        int index = in.one();
        session.command = index < 0 ? null : COMMANDS[index];
        return session;
    }
}
