package dev.millrace.nats;

import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Micros;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/** Answers what changes nothing. What it found is told by a supplier, which reads the bytes on any thread. */
final class Looking {
    private final Ledger ledger;
    private final Sessions sessions;
    private final Operations operations;
    private final Notebook notes;
    private final Transfers transfers;
    private final Shelf shelf;

    Looking(Ledger ledger, Sessions sessions, Operations operations, Notebook notes, Transfers transfers, Shelf shelf) {
        this.ledger = ledger;
        this.sessions = sessions;
        this.operations = operations;
        this.notes = notes;
        this.transfers = transfers;
        this.shelf = shelf;
    }

    /** The answer to a call that changes nothing. */
    Supplier<?> look(Call<?> call, long now) {
        if (call instanceof Call.Get get) {
            return records(
                    get.ids().stream()
                            .map(ledger::find)
                            .filter(Objects::nonNull)
                            .distinct()
                            .toList(),
                    records -> records);
        } else if (call instanceof Call.Page page) {
            Operations.Found found = operations.page(page.filter(), page.after(), page.limit());
            return records(found.jobs(), records -> new JobPage(records, found.next()));
        } else if (call instanceof Call.Parents parents) {
            return Desk.told(parents.children().stream()
                    .distinct()
                    .flatMap(child -> ledger.flow().ties().graph().of(child).stream())
                    .toList());
        } else if (call instanceof Call.Trailing trailing) {
            return trail(trailing.id());
        } else if (call instanceof Call.Export export) {
            return export(export, now);
        } else if (call instanceof Call.Counts) {
            return Desk.told(ledger.lanes().all().values().stream()
                    .flatMap(ofQueue -> ofQueue.values().stream())
                    .flatMap(lane -> lane.counts().stream())
                    .toList());
        } else if (call instanceof Call.ListSessions) {
            return Desk.told(sessions.records());
        } else if (call instanceof Call.ReadNote read) {
            return Desk.told(notes.note(read.space(), read.key(), now));
        } else if (call instanceof Call.ListNotes list) {
            return Desk.told(notes.notes(list.space(), now));
        } else if (call instanceof Call.Now) {
            return Desk.told(Micros.instant(now));
        } else if (call instanceof Call.Stand) {
            return Desk.told(
                    new Standing(ledger.all().size(), Runtime.getRuntime().maxMemory()));
        }
        throw new IllegalArgumentException("no one answers " + call);
    }

    private Supplier<?> records(List<Job> jobs, Function<List<JobRecord>, ?> answer) {
        List<Shown> shown = jobs.stream().map(Shown::new).toList();
        List<Ref> needed = new ArrayList<>();
        shown.forEach(job -> job.needs(needed));
        return () -> {
            Map<Ref, byte[]> bytes = shelf.readable(needed);
            return answer.apply(shown.stream().map(job -> job.record(bytes)).toList());
        };
    }

    private Supplier<?> trail(UUID id) {
        Job job = ledger.find(id);
        if (job == null) {
            return Desk.told(JobTrail.EMPTY);
        }
        Shown shown = new Shown(job);
        List<Ref> needed = new ArrayList<>();
        shown.needsTrail(needed);
        return () -> shown.trail(shelf.readable(needed));
    }

    private Supplier<?> export(Call.Export export, long now) {
        Transfers.Page page = transfers.export(export.cursor(), export.limit(), now);
        List<Ref> needed = new ArrayList<>();
        page.jobs().forEach(job -> {
            job.needs(needed);
            job.needsTrail(needed);
        });
        return () -> page.complete().apply(page.items(shelf.read(needed)));
    }
}
