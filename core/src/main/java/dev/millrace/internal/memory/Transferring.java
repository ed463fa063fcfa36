package dev.millrace.internal.memory;

import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.internal.flow.Dependencies;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.spi.Transfer.Item;
import java.lang.ref.SoftReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Export in order of arrival, notes last; import of the same. A cursor is the last job's arrival or the last note's revision.
 * No index is kept for this: the jobs are sorted when an export begins, and again for those that came meanwhile.
 */
final class Transferring {
    private static final String NOTES = "notes:";
    private static final Comparator<Job> BY_ARRIVAL = Comparator.comparingLong(job -> job.arrival);

    private final Ledger ledger;
    private final MemoryNotes notes;
    /** The jobs by arrival, some of which may be deleted by now. An export that is never read to its end keeps them no longer. */
    private SoftReference<List<Job>> sorted = new SoftReference<>(List.of());

    Transferring(Ledger ledger, MemoryNotes notes) {
        this.ledger = ledger;
        this.notes = notes;
    }

    ExportPage export(@Nullable String cursor, int limit, Instant now) {
        if (cursor != null && cursor.startsWith(NOTES)) {
            return exportNotes(Long.parseLong(cursor.substring(NOTES.length())), limit, now);
        }
        List<Job> jobs = after(cursor == null ? 0 : Long.parseLong(cursor), limit);
        if (jobs.isEmpty()) {
            sorted.clear();
            return exportNotes(0, limit, now);
        }
        List<Item> items = new ArrayList<>();
        jobs.forEach(job -> items.add(new Item.Job(
                job.record(), job.shownTrail(), ledger.flow().dependencies().of(job.spec.id()))));
        return new ExportPage(items, Long.toString(jobs.get(jobs.size() - 1).arrival));
    }

    /** The first jobs that arrived after that one. */
    private List<Job> after(long arrival, int limit) {
        List<Job> known = sorted.get();
        List<Job> jobs = known == null ? List.of() : after(known, arrival, limit);
        if (jobs.isEmpty()) {
            List<Job> all = new ArrayList<>(ledger.all());
            all.sort(BY_ARRIVAL);
            sorted = new SoftReference<>(all);
            jobs = after(all, arrival, limit);
        }
        return jobs;
    }

    private List<Job> after(List<Job> all, long arrival, int limit) {
        int from = 0;
        int to = all.size();
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (all.get(middle).arrival <= arrival) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        List<Job> jobs = new ArrayList<>();
        for (int i = from; i < all.size() && jobs.size() < limit; i++) {
            Job job = all.get(i);
            if (ledger.find(job.spec.id()) == job) {
                jobs.add(job);
            }
        }
        return jobs;
    }

    private ExportPage exportNotes(long afterRevision, int limit, Instant now) {
        List<MemoryNotes.Kept> living = notes.all(now).stream()
                .filter(kept -> kept.note().revision() > afterRevision)
                .sorted(Comparator.comparingLong(kept -> kept.note().revision()))
                .limit(limit)
                .toList();
        List<Item> items = new ArrayList<>();
        for (MemoryNotes.Kept kept : living) {
            items.add(new Item.Noted(kept.note(), kept.until() == null ? null : Duration.between(now, kept.until())));
        }
        boolean end = living.size() < limit;
        return new ExportPage(
                items, end ? null : NOTES + living.get(limit - 1).note().revision());
    }

    int take(List<Item> items, Instant now) {
        int taken = 0;
        for (Item item : items) {
            boolean isNew = item instanceof Item.Job job
                    ? take(job)
                    : item instanceof Item.Noted noted && notes.importNote(noted.note(), noted.timeToLive(), now);
            taken += isNew ? 1 : 0;
        }
        return taken;
    }

    private boolean take(Item.Job item) {
        JobRecord record = item.job();
        if (ledger.find(record.id()) != null) {
            return false;
        }
        boolean ran = record.state() == JobState.RUNNING;
        Job job = ledger.adopt(record.spec());
        job.state = ran ? JobState.READY : record.state();
        job.gate = record.gate();
        job.attempt = record.run().attempt() - (ran ? 1 : 0);
        job.token = record.run().token();
        job.snoozes = record.run().snoozes();
        job.rescues = record.run().rescues();
        job.createdAt = Micros.of(record.times().createdAt());
        job.dueAt = Micros.of(record.times().dueAt());
        job.expiresAt = Micros.orNever(record.times().expiresAt());
        job.startedAt = ran ? Micros.NEVER : Micros.orNever(record.times().startedAt());
        job.finishedAt = Micros.orNever(record.times().finishedAt());
        job.keepUntil = Micros.orNever(record.times().keepUntil());
        job.cancelReason = record.cancelReason();
        job.result = record.result();
        job.failure = record.failure();
        Duration delay = record.times().delay();
        job.delay = delay == null ? Job.NO_DELAY : Ledger.micros(delay);
        takeTrail(job, item);
        takeParents(item);
        ledger.enter(job);
        return true;
    }

    private void takeParents(Item.Job item) {
        Dependencies dependencies = ledger.flow().dependencies();
        for (Dependency dependency : item.parents()) {
            UUID parent = dependency.parent().job();
            dependencies.add(dependency.child(), dependency.parent());
            if (dependency.verdict() != null) {
                dependencies.ended(dependency.child(), parent, dependency.verdict());
            }
            Job known = ledger.find(parent);
            if (known != null) {
                known.watched = true;
            }
        }
    }

    private static void takeTrail(Job job, Item.Job item) {
        List<RunRecord> runs = item.trail().runs();
        for (RunRecord run : runs) {
            job.trail().add(run);
            if (run.token() == job.token) {
                job.lastEnd = run.end();
            }
        }
        Report report = new Report(item.job().run().progress(), item.trail().log());
        if (!report.log().isEmpty() || !Objects.equals(report.progress(), Progress.NONE)) {
            job.trail().add(report);
        }
        item.trail().steps().forEach((name, value) -> job.trail().putStep(name, value));
        if (job.lastEnd == RunEnd.SUCCEEDED) {
            // Its record came with the trail.
            job.worker = null;
        }
    }
}
