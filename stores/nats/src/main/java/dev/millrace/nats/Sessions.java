package dev.millrace.nats;

import dev.millrace.spi.BeatReply;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunRef;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SessionRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who works here, and what becomes of the claims of those who do not any more. Touched on the leader's thread only. */
final class Sessions {
    /** How long a closed session is remembered. */
    private static final long REMEMBERED_MICROS = 3_600_000_000L;

    private final Ledger ledger;
    private final Runs runs;
    private final Changes changes;

    /** A new leader knows of no sweep before its first, so rescue waits a lease and live sessions are heard first. */
    private long lastSweep = Micros.NEVER;

    private long rescueNotBefore;

    Sessions(Ledger ledger, Runs runs, Changes changes) {
        this.ledger = ledger;
        this.runs = runs;
        this.changes = changes;
    }

    void open(SessionOpening opening, long now) {
        Session session = ledger.sessions()
                .computeIfAbsent(opening.id(), id -> new Session(id, opening.worker(), opening.status(), now));
        session.worker = opening.worker();
        session.status = opening.status();
        changes.touch(session);
    }

    /** The session, if it is open. */
    @Nullable
    Session openOne(UUID id) {
        Session session = ledger.sessions().get(id);
        return session != null && session.open() ? session : null;
    }

    boolean close(UUID id, long now) {
        Session session = openOne(id);
        if (session == null) {
            return false;
        }
        close(session, now);
        return true;
    }

    private void close(Session session, long now) {
        session.closedAt = now;
        changes.touch(session);
    }

    /**
     * Closes silent sessions and takes the claims of closed ones back, at most so many. After a pause in sweeping longer than
     * a lease, and before the first sweep there was one, live sessions first get one lease to be heard.
     */
    int rescue(Duration leaseTime, int limit, long now) {
        long lease = Times.micros(leaseTime);
        if (lastSweep == Micros.NEVER || now - lastSweep > lease) {
            rescueNotBefore = now + lease;
        }
        lastSweep = now;
        if (now < rescueNotBefore) {
            // A clock that was set back must not keep rescue waiting for longer than a lease.
            rescueNotBefore = Math.min(rescueNotBefore, now + lease);
            return rescueClosed(limit, now);
        }
        for (Session session : ledger.sessions().values()) {
            if (session.open() && now - session.heardAt > lease) {
                close(session, now);
            }
        }
        return rescueClosed(limit, now);
    }

    private int rescueClosed(int limit, long now) {
        int rescued = 0;
        for (Session session : ledger.sessions().values()) {
            if (session.open()) {
                continue;
            }
            for (Job job : List.copyOf(session.claims)) {
                if (rescued == limit) {
                    return rescued;
                }
                runs.rescue(job, now);
                rescued++;
            }
        }
        forget(now);
        return rescued;
    }

    private void forget(long now) {
        for (Session session : List.copyOf(ledger.sessions().values())) {
            if (!session.open() && session.claims.isEmpty() && now - session.closedAt > REMEMBERED_MICROS) {
                ledger.sessions().remove(session.id);
                session.gone = true;
                changes.touch(session);
            }
        }
    }

    BeatReply reply(Session session, boolean claimable, Instant now) {
        List<RunRef> cancelled = new ArrayList<>();
        List<BeatReply.Held> held = new ArrayList<>(session.claims.size());
        for (Job job : session.claims) {
            RunRef run = new RunRef(job.id(), job.spec.queue(), job.token);
            held.add(new BeatReply.Held(run, job.exchange));
            if (job.cancelRequested) {
                cancelled.add(run);
            }
        }
        return new BeatReply(true, cancelled, held, session.command, claimable, now);
    }

    List<SessionRecord> records() {
        return ledger.sessions().values().stream().map(Session::record).toList();
    }
}
