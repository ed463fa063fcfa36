package dev.millrace.postgres;

import dev.millrace.JobState;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Looks at what runs left, and at the statistics. */
final class Looks {
    private static final String DROPPED = "(older lines were dropped)";

    /** The plus keeps the index by state out of it: a plan made while the history was empty would read all that succeeded. */
    private static final String RUNS = """
            SELECT r.id, r.token, r.attempt, r.worker, r.started, r.finished, r.ended, r.type, r.message, r.stack
            FROM @run AS r WHERE r.id = ANY (?) AND r.ended IS NOT NULL
            UNION ALL
            SELECT h.id, h.token, h.attempt, h.worker, h.started, h.finished, h.ended, NULL, NULL, NULL
            FROM @history AS h WHERE h.id = ANY (?) AND h.state + 0 = 4 AND h.ended = 0 AND h.worker IS NOT NULL
            ORDER BY 1, 2
            """;

    private static final String SUMS = """
            SELECT c.lane, l.queue, l.kind, sum(c.blocked), sum(c.scheduled), sum(c.ready), sum(c.running), sum(c.succeeded),
              sum(c.failed), sum(c.cancelled)
            FROM (SELECT * FROM @total UNION ALL SELECT * FROM @tally) AS c JOIN @lane AS l ON l.lane = c.lane
            GROUP BY c.lane, l.queue, l.kind ORDER BY l.queue, l.kind
            """;
    /** When the READY job of a lane that waits longest became due: looks at the head of each priority only. */
    private static final String OLDEST = """
            WITH RECURSIVE head (lane, priority, due) AS (
              SELECT w.lane, f.priority, f.due FROM unnest(?::int[]) AS w (lane) CROSS JOIN LATERAL (
                SELECT priority, due FROM @job WHERE state = 2 AND rescues = 0 AND lane = w.lane
                ORDER BY priority DESC, due, seq LIMIT 1) AS f
              UNION ALL
              SELECT h.lane, f.priority, f.due FROM head AS h CROSS JOIN LATERAL (
                SELECT priority, due FROM @job WHERE state = 2 AND rescues = 0 AND lane = h.lane AND priority < h.priority
                ORDER BY priority DESC, due, seq LIMIT 1) AS f)
            SELECT lane, min(due) FROM (
              SELECT lane, due FROM head
              UNION ALL SELECT lane, due FROM @job WHERE state = 2 AND rescues > 0) AS waiting
            GROUP BY lane
            """;

    private Looks() {}

    static JobTrail trail(Sql sql, UUID id) throws SQLException {
        return trails(sql, new UUID[] {id}).getOrDefault(id, JobTrail.EMPTY);
    }

    /** What the runs of these jobs left, for those that left anything. */
    static Map<UUID, JobTrail> trails(Sql sql, UUID[] ids) throws SQLException {
        Map<UUID, List<RunRecord>> runs = new HashMap<>();
        Map<UUID, List<LogLine>> logs = new HashMap<>();
        Map<UUID, Map<String, byte[]>> steps = new HashMap<>();
        List<UUID> dropped = new ArrayList<>();
        new Pipeline()
                .add(
                        RUNS,
                        row -> runs.computeIfAbsent(Sql.uuid(row, 1), any -> new ArrayList<>())
                                .add(run(row)),
                        ids,
                        ids)
                .add(
                        "SELECT id, at, text, line FROM @log WHERE id = ANY (?) ORDER BY id, line",
                        row -> row.getLong(4) == Aside.DROPPED_LINE
                                ? dropped.add(Sql.uuid(row, 1))
                                : logs.computeIfAbsent(Sql.uuid(row, 1), any -> new ArrayList<>())
                                        .add(new LogLine(Micros.instant(row.getLong(2)), row.getString(3))),
                        (Object) ids)
                .add(
                        "SELECT id, name, value FROM @step WHERE id = ANY (?)",
                        row -> steps.computeIfAbsent(Sql.uuid(row, 1), any -> new LinkedHashMap<>())
                                .put(Sql.textOrEmpty(row, 2), row.getBytes(3)),
                        (Object) ids)
                .run(sql);
        for (UUID id : dropped) {
            List<LogLine> log = logs.get(id);
            if (log != null) {
                log.add(0, new LogLine(log.get(0).at(), DROPPED));
            }
        }
        Map<UUID, JobTrail> trails = new HashMap<>();
        for (UUID id : ids) {
            List<RunRecord> all = runs.getOrDefault(id, List.of());
            List<RunRecord> latest = all.subList(Math.max(0, all.size() - JobTrail.MAX_RUNS), all.size());
            JobTrail trail = new JobTrail(latest, logs.getOrDefault(id, List.of()), steps.getOrDefault(id, Map.of()));
            if (!trail.equals(JobTrail.EMPTY)) {
                trails.put(id, trail);
            }
        }
        return trails;
    }

    private static RunRecord run(ResultSet row) throws SQLException {
        RunEnd end = Codes.end(row.getInt(7));
        return new RunRecord(
                row.getLong(2),
                row.getInt(3),
                Sql.textOrEmpty(row, 4),
                Micros.instant(row.getLong(5)),
                Micros.instant(row.getLong(6)),
                end,
                end == RunEnd.SUCCEEDED ? null : Records.failure(row, 8));
    }

    static List<JobCount> counts(Sql sql) throws SQLException {
        record Sum(int lane, String queue, String kind, JobState state, long count) {}
        List<Sum> sums = new ArrayList<>();
        sql.rows(SUMS, row -> {
            for (JobState state : JobState.values()) {
                long count = row.getLong(4 + Codes.of(state));
                if (count != 0) {
                    sums.add(new Sum(row.getInt(1), row.getString(2), row.getString(3), state, count));
                }
            }
            return true;
        });
        Integer[] ready = sums.stream()
                .filter(sum -> sum.state == JobState.READY)
                .map(Sum::lane)
                .toArray(Integer[]::new);
        Map<Integer, Instant> oldest = ready.length == 0 ? Map.of() : oldest(sql, ready);
        return sums.stream()
                .map(sum -> new JobCount(
                        sum.queue,
                        sum.kind,
                        sum.state,
                        sum.count,
                        sum.state == JobState.READY ? oldest.get(sum.lane) : null))
                .collect(Collectors.toList());
    }

    private static Map<Integer, Instant> oldest(Sql sql, Integer[] lanes) throws SQLException {
        Map<Integer, Instant> oldest = new HashMap<>();
        sql.rows(OLDEST, row -> oldest.put(row.getInt(1), Micros.instant(row.getLong(2))), (Object) lanes);
        return oldest;
    }

    /** How many jobs are in a state, by the statistics. */
    static long count(Sql sql, JobState state) throws SQLException {
        String column = state.name().toLowerCase(Locale.ROOT);
        @Nullable
        Long count = sql.first(
                "SELECT sum(n) FROM (SELECT " + column + " AS n FROM @total UNION ALL SELECT " + column
                        + " FROM @tally) AS c",
                row -> (Long) row.getLong(1));
        return count == null ? 0 : count;
    }
}
