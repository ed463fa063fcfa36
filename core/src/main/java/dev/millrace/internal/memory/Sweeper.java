package dev.millrace.internal.memory;

import dev.millrace.JobState;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import dev.millrace.spi.Transition;
import java.time.Instant;

/** Upkeep: what is due, dead, expired or kept long enough. */
final class Sweeper {
    private final Ledger ledger;
    private final Runs runs;
    private final Sessions sessions;
    private final MemoryNotes notes;

    Sweeper(Ledger ledger, Runs runs, Sessions sessions, MemoryNotes notes) {
        this.ledger = ledger;
        this.runs = runs;
        this.sessions = sessions;
        this.notes = notes;
    }

    SweepReport sweep(Sweep sweep, Instant at) {
        long now = Micros.of(at);
        int promoted = runs.promote(now, sweep.limit());
        int rescued = sessions.rescue(sweep, now);
        int expired = expire(now, sweep.limit());
        int purged = purge(now, sweep.limit());
        ledger.dropTombstones(now);
        int forgotten = ledger.flow().groups().dropIdle(now, sweep.limit());
        notes.dropDead(at);
        int most = Math.max(Math.max(promoted, rescued), Math.max(Math.max(expired, purged), forgotten));
        return new SweepReport(promoted, rescued, expired, purged, most >= sweep.limit());
    }

    private int expire(long now, int limit) {
        int expired = 0;
        for (Job job = ledger.nextExpiring();
                job != null && job.expired(now) && expired < limit;
                job = ledger.nextExpiring()) {
            ledger.move(job, Transition.EXPIRE, JobState.CANCELLED, now);
            expired++;
        }
        return expired;
    }

    private int purge(long now, int limit) {
        int purged = 0;
        for (Job job = ledger.nextToPurge(now); job != null && purged < limit; job = ledger.nextToPurge(now)) {
            ledger.delete(job, now);
            purged++;
        }
        return purged;
    }
}
