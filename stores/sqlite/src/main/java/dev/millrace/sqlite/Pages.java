package dev.millrace.sqlite;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Finds jobs by filter, newest id first. The narrowest way in is taken (ids, a tag, one rare state, what runs, all); the other
 * conditions are checked on at most {@value #LOOKED_AT} rows per page.
 */
final class Pages {
    private static final int LOOKED_AT = 5_000;

    private Pages() {}

    /** Rows that match, newest id first, and where to go on. */
    record Found(List<Long> seqs, @Nullable UUID next) {}

    static JobPage page(Statements sql, Filter filter, @Nullable UUID after, int limit) throws SQLException {
        Found found = find(sql, filter, after, limit);
        Map<Long, JobRecord> records = Records.read(sql, found.seqs);
        List<JobRecord> jobs = new ArrayList<>(found.seqs.size());
        for (long seq : found.seqs) {
            jobs.add(Objects.requireNonNull(records.get(seq)));
        }
        return new JobPage(jobs, found.next);
    }

    static Found find(Statements sql, Filter filter, @Nullable UUID after, int limit) throws SQLException {
        if (limit <= 0) {
            return new Found(List.of(), null);
        }
        Set<Long> lanes = filter.queue() == null && filter.kind() == null
                ? null
                : Set.copyOf(new Lanes(sql).matching(filter.queue(), filter.kind()));
        List<Long> seqs = new ArrayList<>();
        List<Candidate> candidates = candidates(sql, filter, after);
        UUID last = null;
        for (Candidate candidate : candidates) {
            last = candidate.id;
            if (matches(sql, filter, lanes, candidate)) {
                seqs.add(candidate.seq);
                if (seqs.size() == limit) {
                    return new Found(seqs, last);
                }
            }
        }
        return new Found(seqs, candidates.size() < LOOKED_AT ? null : last);
    }

    private record Candidate(UUID id, long seq, long lane, JobState state, int marks, long created, long finished) {
        static Candidate read(ResultSet row) throws SQLException {
            return new Candidate(
                    Ids.uuid(row.getBytes(1)),
                    row.getLong(2),
                    row.getLong(3),
                    Codes.state(row.getInt(4)),
                    row.getInt(5),
                    row.getLong(6),
                    row.getLong(7));
        }
    }

    private static List<Candidate> candidates(Statements sql, Filter filter, @Nullable UUID after) throws SQLException {
        byte[] below = after == null ? null : Ids.bytes(after);
        String columns = "SELECT j.id, j.seq, j.lane, j.state, j.marks, j.created, j.finished FROM ";
        String order = " AND (?1 IS NULL OR j.id < ?1) ORDER BY j.id DESC LIMIT ?2";
        if (!filter.ids().isEmpty()) {
            List<Long> seqs = Looks.seqs(sql, filter.ids());
            List<Candidate> all = sql.rows(
                    columns + "millrace_job AS j WHERE j.seq IN (SELECT value FROM json_each(?))",
                    Candidate::read,
                    seqs.toString());
            return all.stream()
                    .filter(each -> after == null || Ids.compare(each.id, after) < 0)
                    .sorted(Comparator.comparing(Candidate::id, Ids::compare).reversed())
                    .limit(LOOKED_AT)
                    .toList();
        }
        if (filter.tag() != null) {
            return sql.rows(
                    columns + "millrace_tag AS t CROSS JOIN millrace_job AS j ON j.id = t.id WHERE t.tag = ?3"
                            + keyset("t.id", after),
                    Candidate::read,
                    below,
                    LOOKED_AT,
                    filter.tag());
        }
        if (filter.states().size() == 1) {
            JobState state = filter.states().iterator().next();
            if (state == JobState.RUNNING) {
                return sql.rows(
                        columns + "millrace_job AS j WHERE j.state = 3" + order, Candidate::read, below, LOOKED_AT);
            }
            if (state != JobState.READY && state != JobState.SUCCEEDED) {
                return sql.rows(
                        columns + "millrace_job AS j WHERE (j.state < 2 OR j.state > 4) AND j.state = "
                                + Codes.of(state) + keyset("j.id", after),
                        Candidate::read,
                        below,
                        LOOKED_AT);
            }
        }
        return sql.rows(
                columns + "millrace_job AS j WHERE true" + keyset("j.id", after), Candidate::read, below, LOOKED_AT);
    }

    /** Two texts rather than a condition on a parameter, so that the index is entered at the right place. */
    private static String keyset(String id, @Nullable UUID after) {
        String order = " ORDER BY " + id + " DESC LIMIT ?2";
        return after == null ? " AND ?1 IS NULL" + order : " AND " + id + " < ?1" + order;
    }

    private static boolean matches(Statements sql, Filter filter, @Nullable Set<Long> lanes, Candidate job)
            throws SQLException {
        return (filter.states().isEmpty() || filter.states().contains(job.state))
                && (lanes == null || lanes.contains(job.lane))
                && within(filter.span(), job)
                && (filter.tag() == null || hasTag(sql, filter.tag(), job))
                && (filter.group() == null || hasGroup(sql, filter.group(), job));
    }

    private static boolean within(Filter.Span span, Candidate job) {
        long age = job.state.finished() ? job.finished : job.created;
        return (span.before() == null || age < Spans.micros(span.before()))
                && (span.since() == null || age >= Spans.micros(span.since()));
    }

    private static boolean hasTag(Statements sql, String tag, Candidate job) throws SQLException {
        return (job.marks & Marks.TAGS) != 0
                && sql.exists("SELECT 1 FROM millrace_tag WHERE tag = ? AND id = ?", tag, job.id);
    }

    private static boolean hasGroup(Statements sql, String group, Candidate job) throws SQLException {
        return (job.marks & Marks.SPEC) != 0
                && sql.exists("SELECT 1 FROM millrace_spec WHERE seq = ? AND group_key = ?", job.seq, group);
    }
}
