package dev.millrace.postgres;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transfer.Item;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Import of what an export gave: jobs arrive in the order given, whatever their state. */
final class Imports {
    /** The token of a failure whose run's record did not come along. */
    private static final long NO_RUN = 0;

    static final List<Rows.Column> COMMON = Rows.columns(
            "id", "uuid",
            "seq", "bigint",
            "lane", "integer",
            "marks", "integer",
            "priority", "integer",
            "due", "bigint",
            "created", "bigint",
            "expires", "bigint",
            "keep_for", "bigint",
            "options", "text",
            "payload", "bytea",
            "token", "bigint",
            "attempt", "integer",
            "snoozes", "integer",
            "rescues", "integer",
            "started", "bigint",
            "ended", "smallint",
            "failed", "bigint",
            "state", "smallint");
    static final List<Rows.Column> ENDED = Stream.concat(
                    COMMON.stream(),
                    Rows.columns(
                            "reason", "smallint",
                            "segment", "smallint",
                            "finished", "bigint",
                            "keep_until", "bigint",
                            "result", "bytea")
                            .stream())
            .toList();
    /** As much of a job that has ended as takes its place among those that have not. */
    private static final List<Rows.Column> PLACE = Rows.columns(
            "id", "uuid",
            "seq", "bigint",
            "lane", "integer",
            "priority", "integer",
            "due", "bigint",
            "created", "bigint",
            "state", "smallint");

    private Imports() {}

    static int take(Calls calls, List<Item> items) {
        List<Lanes.Name> names = items.stream()
                .filter(Item.Job.class::isInstance)
                .map(item -> ((Item.Job) item).job().spec())
                .map(spec -> new Lanes.Name(spec.queue(), spec.kind()))
                .distinct()
                .toList();
        calls.run(sql -> {
            calls.lanes().read(sql);
            calls.lanes().make(sql, names);
            return true;
        });
        return calls.transactAlone(tx -> take(tx, items));
    }

    private static int take(Tx tx, List<Item> items) throws SQLException {
        // an import that is repeated while its first try is still under way waits for it, and finds what it stored
        tx.sql.rows(
                "SELECT pg_advisory_xact_lock(hashtext('millrace.import'), hashtext(?))",
                row -> true,
                tx.sql.names().once("@job"));
        UUID[] ids = items.stream()
                .filter(Item.Job.class::isInstance)
                .map(item -> ((Item.Job) item).job().id())
                .toArray(UUID[]::new);
        Set<UUID> known = new HashSet<>(tx.sql.rows(
                "SELECT id FROM @job WHERE id = ANY (?) UNION ALL SELECT id FROM @history WHERE id = ANY (?)",
                row -> Sql.uuid(row, 1),
                ids,
                ids));
        // an id that comes back is not one that was deleted
        tx.sql.update("DELETE FROM @tombstone WHERE id = ANY (?)", (Object) Job.sorted(List.of(ids)));
        NotesTable.above(
                tx,
                items.stream()
                        .filter(Item.Noted.class::isInstance)
                        .mapToLong(item -> ((Item.Noted) item).note().revision())
                        .max()
                        .orElse(0));
        int notes = 0;
        List<Item.Job> wanted = new ArrayList<>();
        for (Item item : items) {
            if (item instanceof Item.Job job) {
                if (known.add(job.job().id())) {
                    wanted.add(job);
                }
            } else if (item instanceof Item.Noted noted && NotesTable.take(tx, noted.note(), noted.timeToLive())) {
                notes++;
            }
        }
        List<Item.Job> added = store(tx, wanted);
        added.forEach(
                each -> Enqueues.aside(tx, each.job().spec(), ImportedTies.marks(each), ImportedTies.delay(each)));
        tx.flush();
        takeTrails(tx, added);
        ImportedTies.take(tx, added);
        tx.signal(Signal.READY);
        tx.bringBack();
        return notes + added.size();
    }

    /**
     * Stores the jobs' rows, and gives those that nobody has stored meanwhile. As with an enqueue, the ids of the table of jobs
     * decide between two who store one id at once: a job that has ended goes through it too, and only then is it looked for
     * where it may have ended in the meantime.
     */
    private static List<Item.Job> store(Tx tx, List<Item.Job> wanted) throws SQLException {
        Rows jobs = new Rows("@job", COMMON);
        Rows places = new Rows("@job", PLACE);
        Map<UUID, List<@Nullable Object>> rows = new HashMap<>();
        Iterator<Long> arrivals = arrivals(tx, wanted.size());
        int open = Segments.open(tx.sql);
        for (Item.Job item : wanted) {
            long arrival = arrivals.next();
            List<@Nullable Object> row = row(tx, item, arrival, open);
            rows.put(item.job().id(), row);
            if (item.job().state().finished()) {
                places.add(place(tx, item, arrival));
            } else {
                jobs.add(row);
            }
        }
        Set<UUID> stored = new HashSet<>(jobs.insertNew(tx.sql));
        List<UUID> gone = places.insertNew(tx.sql);
        stored.addAll(gone);
        List<UUID> late = tx.sql.rows("SELECT id FROM @history WHERE id = ANY (?)", row -> Sql.uuid(row, 1), (Object)
                stored.toArray(UUID[]::new));
        stored.removeAll(late);
        gone.addAll(late);
        if (!gone.isEmpty()) {
            tx.sql.update("DELETE FROM @job WHERE id = ANY (?)", (Object) Job.sorted(gone));
        }
        List<Item.Job> added =
                wanted.stream().filter(item -> stored.contains(item.job().id())).toList();
        Rows ended = new Rows("@history", ENDED);
        for (Item.Job item : added) {
            JobState state = stateOf(item);
            if (state.finished()) {
                ended.add(Objects.requireNonNull(rows.get(item.job().id())));
            }
            tx.count(lane(tx, item), state, 1);
        }
        ended.insert(tx.sql);
        return added;
    }

    /** Numbers in the order given, for those that have ended as for the others: what is run again finds its old place. */
    private static Iterator<Long> arrivals(Tx tx, int count) throws SQLException {
        return tx
                .sql
                .rows("SELECT nextval('@arrival') FROM generate_series(1, ?)", row -> (Long) row.getLong(1), count)
                .stream()
                .sorted()
                .iterator();
    }

    private static List<@Nullable Object> row(Tx tx, Item.Job item, long arrival, int open) {
        JobRecord job = item.job();
        JobSpec spec = job.spec();
        JobRecord.Times times = job.times();
        boolean ran = job.state() == JobState.RUNNING;
        JobState state = stateOf(item);
        List<@Nullable Object> values = new ArrayList<>();
        values.add(spec.id());
        values.add(arrival);
        values.add(lane(tx, item));
        values.add(ImportedTies.marks(item) | marksOf(item));
        values.add(spec.priority());
        values.add(Spans.micros(times.dueAt()));
        values.add(Spans.micros(times.createdAt()));
        values.add(Job.orNull(Spans.orNever(times.expiresAt())));
        values.add(spec.keepFor() == null ? null : Spans.micros(spec.keepFor()));
        values.add(spec.options().isEmpty() ? null : Sql.clean(spec.options()));
        values.add(Enqueues.inline(spec));
        values.add(job.run().token());
        values.add(ran ? job.run().attempt() - 1 : job.run().attempt());
        values.add(job.run().snoozes());
        values.add(job.run().rescues());
        values.add(ran ? null : Job.orNull(Spans.orNever(times.startedAt())));
        values.add(Codes.ofNullable(lastEnd(item)));
        values.add(failedToken(item));
        values.add(Codes.of(state));
        if (state.finished()) {
            values.add(Codes.ofNullable(job.cancelReason()));
            boolean ring = (ImportedTies.marks(item) & (Marks.MEMBER | Marks.KEPT)) == 0;
            values.add(state == Ring.STATE && spec.keepFor() == null && ring ? open : Ring.ROWS);
            values.add(finished(times));
            values.add(keepUntil(item));
            values.add(job.result());
        }
        return values;
    }

    private static List<@Nullable Object> place(Tx tx, Item.Job item, long arrival) {
        JobSpec spec = item.job().spec();
        JobRecord.Times times = item.job().times();
        return List.of(
                spec.id(),
                arrival,
                lane(tx, item),
                spec.priority(),
                Spans.micros(times.dueAt()),
                Spans.micros(times.createdAt()),
                Codes.of(stateOf(item)));
    }

    private static JobState stateOf(Item.Job item) {
        JobState state = item.job().state();
        return state == JobState.RUNNING ? JobState.READY : state;
    }

    private static int lane(Tx tx, Item.Job item) {
        return tx.lanes().number(item.job().spec().queue(), item.job().spec().kind());
    }

    static long finished(JobRecord.Times times) {
        return times.finishedAt() == null ? Spans.micros(times.createdAt()) : Spans.micros(times.finishedAt());
    }

    private static long keepUntil(Item.Job item) {
        JobRecord.Times times = item.job().times();
        if (times.keepUntil() == null) {
            return item.job().spec().keys().member() == null ? finished(times) : Micros.NEVER;
        }
        return Spans.micros(times.keepUntil());
    }

    private static int marksOf(Item.Job item) {
        JobTrail trail = item.trail();
        return (trail.runs().isEmpty() && item.job().failure() == null ? 0 : Marks.RUNS)
                | (trail.log().isEmpty() ? 0 : Marks.LOG)
                | (trail.steps().isEmpty() ? 0 : Marks.STEPS)
                | (item.job().run().progress().equals(Progress.NONE) ? 0 : Marks.PROGRESS);
    }

    private static @Nullable RunEnd lastEnd(Item.Job item) {
        for (RunRecord run : item.trail().runs()) {
            if (run.token() == item.job().run().token()) {
                return run.end();
            }
        }
        return null;
    }

    private static @Nullable Long failedToken(Item.Job item) {
        Failure failure = item.job().failure();
        if (failure == null) {
            return null;
        }
        Long token = NO_RUN;
        for (RunRecord run : item.trail().runs()) {
            if (failure.equals(run.failure())) {
                token = run.token();
            }
        }
        return token;
    }

    private static void takeTrails(Tx tx, List<Item.Job> added) throws SQLException {
        for (Item.Job item : added) {
            takeTrail(tx, item);
        }
        List<String> kinds = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        List<UUID> ids = new ArrayList<>();
        for (Item.Job item : added) {
            String key = item.job().spec().keys().uniqueKey();
            if (key != null && (!item.job().state().finished() || ImportedTies.keyUntil(item) > tx.now())) {
                kinds.add(item.job().spec().kind());
                keys.add(key);
                ids.add(item.job().id());
            }
        }
        if (!ids.isEmpty()) {
            UniqueKeys.take(tx, kinds.toArray(String[]::new), keys.toArray(String[]::new), ids.toArray(UUID[]::new));
        }
    }

    private static void takeTrail(Tx tx, Item.Job item) {
        UUID id = item.job().id();
        JobTrail trail = item.trail();
        for (RunRecord run : trail.runs()) {
            record(tx, id, run, run.end());
        }
        Failure failure = item.job().failure();
        if (failure != null && Objects.equals(failedToken(item), NO_RUN)) {
            RunRecord carrier = new RunRecord(
                    NO_RUN,
                    0,
                    "",
                    item.job().times().createdAt(),
                    item.job().times().createdAt(),
                    RunEnd.FAILED,
                    failure);
            record(tx, id, carrier, null);
        }
        Progress progress = item.job().run().progress();
        Aside.tell(tx, id, new Report(progress.equals(Progress.NONE) ? null : progress, trail.log()));
        for (Map.Entry<String, byte[]> step : trail.steps().entrySet()) {
            tx.later(
                    "INSERT INTO @step (id, name, value) VALUES (?, ?, ?)",
                    id,
                    Sql.clean(step.getKey()),
                    step.getValue());
        }
    }

    private static void record(Tx tx, UUID id, RunRecord run, @Nullable RunEnd end) {
        Aside.record(
                tx,
                id,
                run.token(),
                run.attempt(),
                Sql.clean(run.worker()),
                Spans.micros(run.startedAt()),
                Spans.micros(run.endedAt()),
                end,
                run.failure());
    }
}
