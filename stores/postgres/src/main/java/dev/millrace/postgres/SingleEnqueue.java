package dev.millrace.postgres;

import dev.millrace.spi.Due;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store.Signal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One plain job with a fresh id, as most that are enqueued one by one: a text without arrays, which takes half the time. */
final class SingleEnqueue {
    private static final String INSERT = Sql.AT_TIME + """
            , stored AS (
              INSERT INTO @job (id, lane, state, priority, due, created, options, payload)
              SELECT ?::uuid, l.lane, CASE WHEN w.after > 0 THEN 1 ELSE 2 END, ?::int, t.now + w.after, t.now, nullif(?::text, ''),
                ?::bytea
              FROM t, (SELECT ?::bigint AS after) AS w, @lane AS l WHERE l.lane = ? AND l.queue = ? AND l.kind = ?
              RETURNING lane, state),
            counted AS (
              INSERT INTO @tally (lane, scheduled, ready) SELECT lane, (state = 1)::int, (state = 2)::int FROM stored)
            SELECT count(*)NEWS FROM stored
            """;
    private static final String SILENT = INSERT.replace("NEWS", "");
    private static final String TELLING = INSERT.replace("NEWS", ", pg_notify(?, ?)");

    private SingleEnqueue() {}

    /** Whether this is such a job. */
    static boolean takes(NewJob job) {
        return job.fresh()
                && job.expiry() == null
                && job.spec().keepFor() == null
                && job.due() instanceof Due.After
                && Marks.of(job) == 0;
    }

    /**
     * Stores it and rings; false when the server has another lane, or the id: nothing was stored then, and the long way is to be
     * gone.
     */
    static boolean store(Calls calls, NewJob job) {
        Integer lane = calls.lanes()
                .known()
                .numbers()
                .get(new Lanes.Name(job.spec().queue(), job.spec().kind()));
        if (lane == null) {
            return false;
        }
        String news = calls.wakeups().carried();
        long began = System.nanoTime();
        boolean stored = calls.run(sql -> insert(sql, values(calls, job, lane, news), news == null ? SILENT : TELLING));
        if (stored && news != null) {
            calls.wakeups().carriedIn(System.nanoTime() - began);
        } else if (stored) {
            calls.ring(EnumSet.of(Signal.READY));
        }
        return stored;
    }

    private static Object[] values(Calls calls, NewJob job, Integer lane, @Nullable String news) {
        JobSpec spec = job.spec();
        List<Object> values = new ArrayList<>(List.of(
                calls.moved(),
                spec.id(),
                spec.priority(),
                Sql.clean(spec.options()),
                spec.payload(),
                Math.max(0, Inserts.after(job.due())),
                lane,
                spec.queue(),
                spec.kind()));
        if (news != null) {
            values.addAll(List.of(calls.wakeups().channel(), news));
        }
        return values.toArray();
    }

    private static boolean insert(Sql sql, Object[] values, String text) throws SQLException {
        try {
            Long stored = sql.first(text, row -> (Long) row.getLong(1), values);
            return stored != null && stored == 1;
        } catch (SQLException e) {
            if (Inserts.UNIQUE_VIOLATION.equals(e.getSQLState())) {
                return false;
            }
            throw e;
        }
    }
}
