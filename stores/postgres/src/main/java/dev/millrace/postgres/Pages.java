package dev.millrace.postgres;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds jobs by filter, newest id first. The narrowest way in is taken (ids, a tag, what has ended badly, what runs, what has
 * ended, what has not, all); the other conditions are checked on at most {@value #LOOKED_AT} rows per page. Where a tag is that
 * way, it is its ids that are counted and gone on from: which of them are of the states asked for is a condition like others.
 */
final class Pages {
    private static final int LOOKED_AT = 5_000;
    private static final String COLUMNS = "SELECT j.id, j.lane, j.state, j.marks, j.created, ";
    private static final String HOT = COLUMNS + "NULL::bigint AS finished FROM @job AS j WHERE ";
    /** What runs is little, and to be found by its own index, not by that which has the ids in order. */
    private static final String RUNNING =
            COLUMNS + "NULL::bigint AS finished FROM (SELECT * FROM @job WHERE state = 3 OFFSET 0) AS j WHERE ";

    /** Where all lies that has ended badly. */
    private static final String ROWS = "j.segment = " + Ring.ROWS + " AND ";

    private static final String ENDED = COLUMNS + "j.finished FROM @history AS j WHERE ";

    private Pages() {}

    /** Jobs that match, newest id first, and where to go on. */
    record Found(List<UUID> ids, @Nullable UUID next) {}

    static JobPage page(Sql sql, Lanes lanes, Filter filter, @Nullable UUID after, int limit) throws SQLException {
        Found found = find(sql, lanes, filter, after, limit);
        Map<UUID, JobRecord> records = Records.read(sql, lanes, found.ids.toArray(UUID[]::new));
        List<JobRecord> jobs = new ArrayList<>(found.ids.size());
        for (UUID id : found.ids) {
            JobRecord job = records.get(id);
            if (job != null) {
                jobs.add(job);
            }
        }
        return new JobPage(jobs, found.next);
    }

    static Found find(Sql sql, Lanes lanes, Filter filter, @Nullable UUID after, int limit) throws SQLException {
        if (limit <= 0) {
            return new Found(List.of(), null);
        }
        List<@Nullable Object> values = new ArrayList<>();
        boolean byTag = filter.ids().isEmpty() && filter.tag() != null;
        String tagged = byTag ? tagged(filter, after, values) : "";
        String candidates = candidates(filter, after, values);
        String way = byTag ? "tagged" : "c";
        String conditions = conditions(sql, lanes, filter, values);
        values.add(limit);
        List<UUID> ids = new ArrayList<>();
        @Nullable UUID[] last = new UUID[1];
        long[] looked = new long[1];
        sql.rows(
                "WITH " + tagged + "c AS MATERIALIZED (SELECT * FROM (" + candidates
                        + ") AS a ORDER BY id DESC LIMIT " + LOOKED_AT
                        + "), found AS MATERIALIZED (SELECT id FROM c WHERE " + conditions
                        + " ORDER BY id DESC LIMIT ?)"
                        + " SELECT ARRAY(SELECT id FROM found), (SELECT count(*) FROM " + way + "), (SELECT id FROM "
                        + way
                        + " ORDER BY id LIMIT 1)",
                row -> {
                    ids.addAll(List.of((UUID[]) row.getArray(1).getArray()));
                    looked[0] = row.getLong(2);
                    last[0] = row.getObject(3, UUID.class);
                    return true;
                },
                values.toArray());
        if (ids.size() == limit) {
            return new Found(ids, ids.get(limit - 1));
        }
        return new Found(ids, looked[0] < LOOKED_AT ? null : last[0]);
    }

    private static String tagged(Filter filter, @Nullable UUID after, List<@Nullable Object> values) {
        values.add(filter.tag());
        if (after != null) {
            values.add(after);
        }
        return "tagged AS MATERIALIZED (SELECT g.id FROM @tag AS g WHERE g.tag = ?"
                + (after == null ? "" : " AND g.id < ?")
                + " ORDER BY g.id DESC LIMIT " + LOOKED_AT + "), ";
    }

    /** Each way in with its own order and limit, so that each is a range of an index read from its end. */
    private static String candidates(Filter filter, @Nullable UUID after, List<@Nullable Object> values) {
        boolean hot = filter.states().isEmpty() || filter.states().stream().anyMatch(state -> !state.finished());
        boolean ended = filter.states().isEmpty() || filter.states().stream().anyMatch(JobState::finished);
        List<String> parts = new ArrayList<>();
        if (hot) {
            boolean runs = filter.states().equals(Set.of(JobState.RUNNING));
            parts.add(part(runs ? RUNNING : HOT, filter, after, values));
        }
        if (ended) {
            String rare = filter.states().equals(Set.of(JobState.FAILED))
                    ? ROWS + "j.state = 5 AND j.state > 4 AND "
                    : filter.states().equals(Set.of(JobState.CANCELLED))
                            ? ROWS + "j.state = 6 AND j.state > 4 AND "
                            : "";
            parts.add(part(ENDED + rare, filter, after, values));
        }
        return String.join(" UNION ALL ", parts);
    }

    private static String part(String from, Filter filter, @Nullable UUID after, List<@Nullable Object> values) {
        StringBuilder text = new StringBuilder("(").append(from).append("true");
        if (!filter.ids().isEmpty()) {
            text.append(" AND j.id = ANY (?)");
            values.add(Job.sorted(filter.ids()));
        } else if (filter.tag() != null) {
            text.append(" AND j.id = ANY (ARRAY(SELECT id FROM tagged))");
        }
        if (after != null) {
            text.append(" AND j.id < ?");
            values.add(after);
        }
        return text.append(" ORDER BY j.id DESC LIMIT ")
                .append(LOOKED_AT)
                .append(')')
                .toString();
    }

    private static String conditions(Sql sql, Lanes lanes, Filter filter, List<@Nullable Object> values)
            throws SQLException {
        StringBuilder text = new StringBuilder("true");
        if (!filter.states().isEmpty()) {
            text.append(" AND state IN (")
                    .append(filter.states().stream()
                            .map(state -> Integer.toString(Codes.of(state)))
                            .collect(Collectors.joining(", ")))
                    .append(')');
        }
        if (filter.queue() != null || filter.kind() != null) {
            lanes.read(sql);
            text.append(" AND lane = ANY (?)");
            values.add(lanes.matching(filter.queue(), filter.kind()));
        }
        if (filter.span().before() != null) {
            text.append(" AND coalesce(finished, created) < ?");
            values.add(Spans.micros(filter.span().before()));
        }
        if (filter.span().since() != null) {
            text.append(" AND coalesce(finished, created) >= ?");
            values.add(Spans.micros(filter.span().since()));
        }
        if (filter.tag() != null) {
            text.append(" AND marks & " + Marks.TAGS
                    + " <> 0 AND EXISTS (SELECT 1 FROM @tag AS g WHERE g.tag = ? AND g.id = c.id)");
            values.add(filter.tag());
        }
        if (filter.group() != null) {
            text.append(" AND marks & " + Marks.SPEC
                    + " <> 0 AND EXISTS (SELECT 1 FROM @spec AS s WHERE s.id = c.id AND s.group_key = ?)");
            values.add(filter.group());
        }
        return text.toString();
    }
}
