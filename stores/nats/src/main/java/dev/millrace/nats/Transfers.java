package dev.millrace.nats;

import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.spi.Transfer.Item;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Export in order of arrival, notes last; import of the same. A cursor is the last job's arrival or the last note's revision. */
final class Transfers {
    private static final String NOTES = "notes:";

    /** The most jobs of one page: claims wait while they are looked up. */
    private static final int MOST_JOBS = 1_000;

    /** A page ends with the job that brings it to so many bytes: all of them are in memory at once. */
    private static final long MOST_BYTES = 4L << 20;

    private final Ledger ledger;
    private final Notebook notes;
    private final Changes changes;

    Transfers(Ledger ledger, Notebook notes, Changes changes) {
        this.ledger = ledger;
        this.notes = notes;
        this.changes = changes;
    }

    /** A page of jobs that was looked up, to be completed with their bytes; or one of notes. */
    record Page(List<Shown> jobs, List<List<Dependency>> parents, Function<List<Item>, ExportPage> complete) {
        /** The items of the jobs, once their bytes are read. */
        List<Item> items(Map<Ref, byte[]> bytes) {
            List<Item> items = new ArrayList<>(jobs.size());
            for (int i = 0; i < jobs.size(); i++) {
                Shown job = jobs.get(i);
                items.add(new Item.Job(job.record(bytes), job.trail(bytes), parents.get(i)));
            }
            return items;
        }
    }

    Page export(@Nullable String cursor, int limit, long now) {
        if (cursor != null && cursor.startsWith(NOTES)) {
            return notes(Long.parseLong(cursor.substring(NOTES.length())), limit, now);
        }
        List<Job> jobs = arrived(cursor == null ? 0 : Long.parseLong(cursor), Math.min(limit, MOST_JOBS));
        if (jobs.isEmpty()) {
            return notes(0, limit, now);
        }
        String next = Long.toString(jobs.get(jobs.size() - 1).arrival);
        return new Page(
                jobs.stream().map(Shown::new).toList(),
                jobs.stream()
                        .map(job -> ledger.flow().ties().graph().of(job.id()))
                        .toList(),
                items -> new ExportPage(items, next));
    }

    /** The first jobs that arrived after that one, as many as have about so many bytes, and one at least. */
    private List<Job> arrived(long after, int limit) {
        List<Job> jobs = ledger.arrivals().after(after, limit);
        long bytes = 0;
        for (int i = 0; i < jobs.size(); i++) {
            Job job = jobs.get(i);
            bytes += job.bytes()
                    + (long) Bulk.TIE_BYTES * ledger.flow().ties().of(job.id()).size();
            if (bytes >= MOST_BYTES) {
                return jobs.subList(0, i + 1);
            }
        }
        return jobs;
    }

    private Page notes(long afterRevision, int limit, long now) {
        List<NoteKept> living = notes.living(now).stream()
                .filter(kept -> kept.revision > afterRevision)
                .sorted(Comparator.comparingLong(kept -> kept.revision))
                .limit(limit)
                .toList();
        List<Item> items = new ArrayList<>();
        for (NoteKept kept : living) {
            Duration left = kept.until == Micros.NEVER
                    ? null
                    : Duration.between(Micros.instant(now), Micros.instant(kept.until));
            items.add(new Item.Noted(kept.note(), left));
        }
        String next = living.size() < limit ? null : NOTES + living.get(limit - 1).revision;
        return new Page(List.of(), List.of(), none -> new ExportPage(items, next));
    }

    int take(List<Item> items, long now) {
        // A time that cannot be fails the call before anything is changed.
        items.forEach(item -> {
            if (item instanceof Item.Job job) {
                When.of(job.job().times());
            }
        });
        int taken = 0;
        for (Item item : items) {
            boolean isNew = item instanceof Item.Job job
                    ? take(job, now)
                    : item instanceof Item.Noted noted && notes.importNote(noted.note(), noted.timeToLive(), now);
            taken += isNew ? 1 : 0;
        }
        return taken;
    }

    /** A job's times in microseconds. */
    private record When(long created, long due, long expires, long started, long finished, long keepUntil, long delay) {
        static When of(JobRecord.Times times) {
            return new When(
                    Micros.of(times.createdAt()),
                    Micros.of(times.dueAt()),
                    Micros.orNever(times.expiresAt()),
                    Micros.orNever(times.startedAt()),
                    Micros.orNever(times.finishedAt()),
                    Micros.orNever(times.keepUntil()),
                    times.delay() == null ? Micros.NEVER : Times.micros(times.delay()));
        }
    }

    private boolean take(Item.Job item, long now) {
        JobRecord record = item.job();
        if (ledger.find(record.id()) != null) {
            return false;
        }
        boolean ran = record.state() == JobState.RUNNING;
        JobSpec spec = record.spec();
        Job job = ledger.create(NewJobs.stripped(spec), changes.put(Body.of(spec)));
        boolean held = ran || record.state() == JobState.READY;
        // What held a place elsewhere holds one here, as far as there are. What waited for one waits on.
        boolean waits = held && !ledger.flow().hasPlace(spec);
        job.state = waits ? JobState.BLOCKED : ran ? JobState.READY : record.state();
        job.gate = waits ? Gate.GROUP : record.gate();
        job.attempt = record.run().attempt() - (ran ? 1 : 0);
        job.token = record.run().token();
        job.snoozes = record.run().snoozes();
        job.rescues = record.run().rescues();
        When when = When.of(record.times());
        job.createdAt = when.created;
        job.dueAt = when.due;
        job.expiresAt = when.expires;
        job.startedAt = ran ? Micros.NEVER : when.started;
        job.finishedAt = when.finished;
        job.keepUntil = when.keepUntil;
        job.delay = when.delay;
        job.cancelReason = record.cancelReason();
        byte[] result = record.result();
        job.result = result == null ? null : changes.put(result);
        takeTrail(job, item);
        ledger.enter(job, now);
        takeParents(job, item.parents());
        ledger.flow().judge(job, now);
        return true;
    }

    private void takeParents(Job job, List<Dependency> parents) {
        Flow flow = ledger.flow();
        for (Dependency dependency : parents) {
            flow.wait(job.id(), dependency.parent());
            Tie tie = flow.ties().find(job.id(), dependency.parent().job());
            if (tie != null && tie.verdict == null && dependency.verdict() != null) {
                flow.ties().ended(tie, dependency.verdict());
            }
        }
    }

    private void takeTrail(Job job, Item.Job item) {
        JobTrail trail = item.trail();
        Progress progress = item.job().run().progress();
        job.failed = item.job().failure() != null;
        job.progressed = !progress.equals(Progress.NONE);
        job.stepped = !trail.steps().isEmpty();
        for (RunRecord run : trail.runs()) {
            job.addEnd(run.token(), run.end());
            if (run.token() == job.token) {
                job.lastEnd = run.end();
            }
        }
        if (job.lastEnd == RunEnd.SUCCEEDED) {
            // Its record came with the trail.
            job.worker = null;
        }
        if (job.failed || job.progressed || !trail.equals(JobTrail.EMPTY)) {
            ledger.trace(job, new Trace.Whole(trail, false, progress, item.job().failure()));
        }
    }
}
