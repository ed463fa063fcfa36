package dev.millrace.postgres;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.Micros;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Jobs as the store's callers know them, read whole: with all that lies beside their rows. */
final class Records {
    /** All jobs, wherever they lie. */
    static final String EVERY = """
            (SELECT id, seq, lane, priority, payload, options, marks, keep_for, state, NULL::smallint AS reason, token, attempt,
               snoozes, rescues, session, created, due, expires, started, NULL::bigint AS finished, NULL::bigint AS keep_until,
               NULL::bytea AS result, failed, ended, NULL::text AS worker
             FROM @job
             UNION ALL
             SELECT id, seq, lane, priority, payload, options, marks, keep_for, state, reason, token, attempt,
               snoozes, rescues, NULL, created, due, expires, started, finished, keep_until, result, failed, ended, worker
             FROM @history)
            """;

    private static final String READ = """
            SELECT j.id, j.lane, j.priority, coalesce(j.payload, p.payload), j.options, j.marks, j.keep_for,
              s.tags, s.meta, s.unique_key, s.group_key, s.keys,
              j.state, j.reason, j.token, j.attempt, j.snoozes, j.rescues, CASE WHEN j.state = 3 THEN j.session END,
              j.created, j.due, j.expires, j.started, j.finished, j.keep_until,
              j.result, r.type, r.message, r.stack, g.done, g.total, g.message, s.delay, s.group_limit
            FROM EVERY AS j
            LEFT JOIN @payload AS p ON j.marks & PAYLOAD <> 0 AND p.id = j.id
            LEFT JOIN @spec AS s ON j.marks & SPEC <> 0 AND s.id = j.id
            LEFT JOIN @run AS r ON j.failed IS NOT NULL AND r.id = j.id AND r.token = j.failed
            LEFT JOIN @progress AS g ON j.marks & PROGRESS <> 0 AND g.id = j.id
            WHERE j.id = ANY (?)
            """.replace("EVERY", EVERY)
            .replace("PAYLOAD", Integer.toString(Marks.PAYLOAD))
            .replace("SPEC", Integer.toString(Marks.SPEC))
            .replace("PROGRESS", Integer.toString(Marks.PROGRESS));

    /** What groups are called that were stored when they had no names. */
    private static final String FIRST_GROUP = "group";

    private Records() {}

    /** Those of the jobs that exist, by id. */
    static Map<UUID, JobRecord> read(Sql sql, Lanes lanes, UUID[] ids) throws SQLException {
        Map<UUID, JobRecord> records = new HashMap<>();
        if (ids.length > 0) {
            sql.rows(READ, row -> records.put(Sql.uuid(row, 1), record(row, lanes.name(sql, row.getInt(2)))), (Object)
                    ids);
        }
        return records;
    }

    /** What a session gets to know of jobs that it has just claimed, by id. */
    static Map<UUID, ClaimedJob> claimed(Sql sql, Lanes lanes, UUID[] ids) throws SQLException {
        Map<UUID, Map<String, byte[]>> steps = new HashMap<>();
        sql.rows(
                "SELECT id, name, value FROM @step WHERE id = ANY (?)",
                row -> steps.computeIfAbsent(Sql.uuid(row, 1), any -> new LinkedHashMap<>())
                        .put(Sql.textOrEmpty(row, 2), row.getBytes(3)),
                (Object) ids);
        Map<UUID, ClaimedJob> claimed = new HashMap<>();
        sql.rows(
                READ,
                row -> {
                    UUID id = Sql.uuid(row, 1);
                    ClaimedJob job = new ClaimedJob(
                            spec(row, lanes.name(sql, row.getInt(2))),
                            row.getLong(15),
                            new ClaimedJob.History(row.getInt(16), row.getInt(17), row.getInt(18)),
                            new ClaimedJob.Times(
                                    Micros.instant(row.getLong(20)), Micros.instant(row.getLong(21)), instant(row, 22)),
                            steps.getOrDefault(id, Map.of()));
                    return claimed.put(id, job);
                },
                (Object) ids);
        return claimed;
    }

    private static JobRecord record(ResultSet row, Lanes.Name lane) throws SQLException {
        JobState state = Codes.state(row.getInt(13));
        Long reason = Sql.longOrNull(row, 14);
        Long delay = Sql.longOrNull(row, 33);
        return new JobRecord(
                spec(row, lane),
                state,
                state == JobState.BLOCKED ? gate(row) : null,
                reason == null ? null : Codes.reason(reason.intValue()),
                run(row),
                new JobRecord.Times(
                        Micros.instant(row.getLong(20)),
                        Micros.instant(row.getLong(21)),
                        instant(row, 22),
                        instant(row, 23),
                        instant(row, 24),
                        instant(row, 25),
                        delay == null ? null : Duration.of(delay, ChronoUnit.MICROS)),
                row.getBytes(26),
                failure(row, 27));
    }

    private static JobRecord.Run run(ResultSet row) throws SQLException {
        String message = row.getString(32);
        return new JobRecord.Run(
                row.getLong(15),
                row.getInt(16),
                row.getInt(17),
                row.getInt(18),
                row.getObject(19, UUID.class),
                (row.getInt(6) & Marks.CANCEL) != 0,
                message == null ? Progress.NONE : new Progress(row.getLong(30), row.getLong(31), message));
    }

    private static JobSpec spec(ResultSet row, Lanes.Name lane) throws SQLException {
        Long keepFor = Sql.longOrNull(row, 7);
        boolean plain = (row.getInt(6) & Marks.SPEC) == 0;
        byte[] payload = row.getBytes(4);
        return new JobSpec(
                Sql.uuid(row, 1),
                lane.kind(),
                lane.queue(),
                row.getInt(3),
                payload == null ? new byte[0] : payload,
                Sql.textOrEmpty(row, 5),
                plain ? Labels.NONE : labels(row),
                plain ? Keys.NONE : keys(row),
                keepFor == null ? null : Duration.of(keepFor, ChronoUnit.MICROS));
    }

    private static Labels labels(ResultSet row) throws SQLException {
        Array tags = row.getArray(8);
        return new Labels(Set.of((String[]) tags.getArray()), Packed.meta(row.getBytes(9)));
    }

    private static JobRecord.Gate gate(ResultSet row) throws SQLException {
        return (row.getInt(6) & Marks.WAITS) != 0 ? JobRecord.Gate.PARENTS : JobRecord.Gate.GROUP;
    }

    private static Keys keys(ResultSet row) throws SQLException {
        String text = row.getString(12);
        return text == null ? firstKeys(row) : Keys.decode(text);
    }

    /** Keys as the first layout has them. */
    private static Keys firstKeys(ResultSet row) throws SQLException {
        String unique = row.getString(10);
        String group = row.getString(11);
        String name = row.getInt(34) == 1 ? Keys.Group.SERIAL : FIRST_GROUP;
        return new Keys(
                unique == null ? null : Keys.Unique.of(unique),
                group == null ? null : new Keys.Group(name, group, false),
                null);
    }

    /** The failure in three columns from this one on; null when there is none. */
    static @Nullable Failure failure(ResultSet row, int column) throws SQLException {
        String type = row.getString(column);
        return type == null
                ? null
                : new Failure(type, Sql.textOrEmpty(row, column + 1), Sql.textOrEmpty(row, column + 2));
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        return Micros.orNull(Job.time(row, column));
    }
}
