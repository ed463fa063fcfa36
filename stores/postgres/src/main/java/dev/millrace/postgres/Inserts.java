package dev.millrace.postgres;

import dev.millrace.spi.Due;
import dev.millrace.spi.NewJob;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Puts the rows of many jobs into the table, as arrays, in one round trip. */
final class Inserts {
    private static final String INSERT = Sql.AT_TIME + """
            , lanes AS MATERIALIZED (
              SELECT count(found.lane) AS known, count(*) AS wanted FROM unnest(?::int[], ?::text[], ?::text[]) AS w (lane, queue, kind)
              LEFT JOIN LATERAL (
                SELECT l.lane FROM @lane AS l WHERE l.lane = w.lane AND l.queue = w.queue AND l.kind = w.kind OFFSET 0) AS found ON true),
            n AS (
              SELECT u.id, u.lane, u.marks, u.priority, u.keep_for, u.options, u.payload, u.place, t.now,
                greatest(t.now + coalesce(u.after, 0), u.at) AS due,
                CASE WHEN u.expires_after IS NULL THEN u.expires_at ELSE greatest(t.now + u.expires_after, u.expires_at) END
                  AS expires
              FROM t, unnest(?::uuid[], ?::int[], ?::int[], ?::int[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[],
                  ?::bigint[], ?::text[], ?::bytea[])
                WITH ORDINALITY AS u (id, lane, marks, priority, after, at, expires_after, expires_at, keep_for, options, payload, place)
              WHERE (SELECT known = wanted FROM lanes)
              ORDER BY u.place),
            stored AS (
              INSERT INTO @job (id, lane, state, marks, priority, due, created, expires, keep_for, options, payload)
              SELECT id, lane, CASE WHEN due > now THEN 1 ELSE 2 END, coalesce(marks, 0), coalesce(priority, 0), due, now, expires,
                keep_for, options, payload
              FROM n
              ON CONFLICT (id) DO NOTHING
              RETURNING id, lane, state),
            counted AS (
              INSERT INTO @tally (lane, scheduled, ready)
              SELECT lane, count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2) FROM stored GROUP BY lane)
            SELECT id FROM stored UNION ALL SELECT NULL::uuid FROM lanes WHERE known < wanted
            """;
    /** The same for ids that were made just now: all are stored, or none. */
    private static final String INSERT_FRESH = INSERT.replace("ON CONFLICT (id) DO NOTHING", "")
            .replace("RETURNING id, lane, state", "RETURNING lane, state")
            .replace(
                    "SELECT id FROM stored UNION ALL SELECT NULL::uuid FROM lanes WHERE known < wanted",
                    "SELECT known < wanted FROM lanes");

    /** The same for jobs that may have to wait at a gate: for parents, or, once they are due, for their group. */
    private static final String INSERT_GATED = INSERT.replace(
                    "CASE WHEN due > now THEN 1 ELSE 2 END",
                    "CASE WHEN marks & WAITS <> 0 THEN 0 WHEN due > now THEN 1 WHEN marks & GROUP <> 0 THEN 0 ELSE 2 END"
                            .replace("WAITS", Integer.toString(Marks.WAITS))
                            .replace("GROUP", Integer.toString(Marks.GROUP)))
            .replace("@tally (lane, scheduled", "@tally (lane, blocked, scheduled")
            .replace("SELECT lane, count(*)", "SELECT lane, count(*) FILTER (WHERE state = 0), count(*)");

    private static final String KNOWN = Sql.AT_TIME + """
            , known AS (
              SELECT h.id FROM @history AS h WHERE h.id = ANY (?)
              UNION ALL SELECT d.id FROM @tombstone AS d, t WHERE d.id = ANY (?) AND d.until - t.now > 0),
            gone AS (DELETE FROM @job AS j WHERE j.id = ANY (ARRAY(SELECT id FROM known)) RETURNING j.id, j.lane, j.state),
            counted AS (
              INSERT INTO @tally (lane, blocked, scheduled, ready)
              SELECT lane, -count(*) FILTER (WHERE state = 0), -count(*) FILTER (WHERE state = 1),
                -count(*) FILTER (WHERE state = 2)
              FROM gone GROUP BY lane)
            SELECT id FROM gone
            """;
    /**
     * The same for many. New ids are later than all that are known, so it is first asked whether there is any from the least of
     * them to the greatest: one look into each segment of the history in place of one for each id.
     */
    private static final String KNOWN_OF_MANY = KNOWN.replace(
            "WHERE h.id = ANY (?)",
            "WHERE (SELECT EXISTS (SELECT 1 FROM @history AS n WHERE n.id >= ? AND n.id <= ?)) AND h.id = ANY (?)");
    /** From this number of ids on, asking first is cheaper. */
    private static final int MANY = 20;

    private static final String ENDED = Sql.AT_TIME + """
            SELECT 1 FROM @history AS h WHERE h.id = ANY (?)
            UNION ALL SELECT 1 FROM @tombstone AS d, t WHERE d.id = ANY (?) AND d.until - t.now > 0
            """;
    /**
     * Fails as the server does where a snapshot is too old for what a statement is to change, so that nothing of the transaction
     * can be committed.
     */
    static final String UNDO = """
            DO $$ BEGIN
              RAISE serialization_failure USING MESSAGE = 'a job of that id has ended since this transaction''s first statement';
            END $$
            """;

    static final String UNIQUE_VIOLATION = "23505";

    private Inserts() {}

    /** Stores plain jobs whose ids are not known, and tells which. The server must have the lanes that are looked for. */
    static Set<UUID> unknown(Sql sql, long moved, Lanes lanes, List<NewJob> jobs, List<Lanes.Name> lookedFor)
            throws SQLException {
        return unknown(sql, moved, lanes, jobs, lookedFor, job -> 0);
    }

    /** The same for any jobs, with these marks. */
    static Set<UUID> unknown(
            Sql sql,
            long moved,
            Lanes lanes,
            List<NewJob> jobs,
            List<Lanes.Name> lookedFor,
            ToIntFunction<NewJob> marks)
            throws SQLException {
        boolean gated = jobs.stream().anyMatch(job -> (marks.applyAsInt(job) & Marks.GATED) != 0);
        UUID[] ids = ids(jobs);
        UUID[] sorted = Job.sorted(Arrays.asList(ids));
        Set<UUID> stored = new HashSet<>();
        boolean[] changed = new boolean[1];
        Pipeline pipeline = new Pipeline()
                .add(
                        gated ? INSERT_GATED : INSERT,
                        row -> {
                            UUID id = row.getObject(1, UUID.class);
                            changed[0] |= id == null;
                            return id != null && stored.add(id);
                        },
                        values(moved, lanes, jobs, lookedFor, marks));
        Sql.Row<?> known = row -> stored.remove(Sql.uuid(row, 1));
        if (sorted.length < MANY) {
            pipeline.add(KNOWN, known, moved, sorted, sorted);
        } else {
            pipeline.add(KNOWN_OF_MANY, known, moved, sorted[0], sorted[sorted.length - 1], sorted, sorted);
        }
        pipeline.run(sql);
        if (changed[0]) {
            throw new Lanes.Changed("lanes were set back");
        }
        return stored;
    }

    /** Stores jobs whose ids were made just now: none is looked for. */
    static Set<UUID> fresh(Sql sql, long moved, Lanes lanes, List<NewJob> jobs, List<Lanes.Name> lookedFor)
            throws SQLException {
        boolean[] changed = new boolean[1];
        try {
            new Pipeline()
                    .add(
                            INSERT_FRESH,
                            row -> changed[0] = row.getBoolean(1),
                            values(moved, lanes, jobs, lookedFor, job -> 0))
                    .run(sql);
        } catch (SQLException e) {
            if (UNIQUE_VIOLATION.equals(e.getSQLState())) {
                return unknown(sql, moved, lanes, jobs, lookedFor); // not so fresh; nothing was stored
            }
            throw e;
        }
        if (changed[0]) {
            throw new Lanes.Changed("lanes were set back");
        }
        return Set.of(ids(jobs));
    }

    /** Whether one of these jobs has ended, or was deleted and its id is kept. */
    static boolean anyEnded(Sql sql, long moved, List<UUID> ids) throws SQLException {
        UUID[] sorted = Job.sorted(ids);
        return sql.exists(ENDED, moved, sorted, sorted);
    }

    private static UUID[] ids(List<NewJob> jobs) {
        return jobs.stream().map(job -> job.spec().id()).toArray(UUID[]::new);
    }

    private static @Nullable Object[] values(
            long moved, Lanes lanes, List<NewJob> jobs, List<Lanes.Name> lookedFor, ToIntFunction<NewJob> marks) {
        return new @Nullable Object[] {
            moved,
            lookedFor.stream().map(lanes::number).toArray(Integer[]::new),
            lookedFor.stream().map(Lanes.Name::queue).toArray(String[]::new),
            lookedFor.stream().map(Lanes.Name::kind).toArray(String[]::new),
            ids(jobs),
            jobs.stream()
                    .map(job -> lanes.number(job.spec().queue(), job.spec().kind()))
                    .toArray(Integer[]::new),
            ints(jobs, marks),
            ints(jobs, job -> job.spec().priority()),
            longs(jobs, job -> after(job.due()) == 0 ? null : (Long) after(job.due())),
            longs(jobs, job -> at(job.due())),
            longs(jobs, job -> job.expiry() == null ? null : (Long) after(job.expiry())),
            longs(jobs, job -> job.expiry() == null ? null : at(job.expiry())),
            longs(
                    jobs,
                    job -> job.spec().keepFor() == null
                            ? null
                            : Spans.micros(job.spec().keepFor())),
            options(jobs),
            jobs.stream().map(job -> Enqueues.inline(job.spec())).toArray(byte[][]::new)
        };
    }

    static long after(Due due) {
        return due instanceof Due.After after ? Spans.micros(after.delay()) : 0;
    }

    private static @Nullable Long at(Due due) {
        return due instanceof Due.At at ? (Long) Spans.micros(at.instant()) : null;
    }

    /** The numbers, or none when all are zero. */
    private static Integer[] ints(List<NewJob> jobs, ToIntFunction<NewJob> of) {
        Integer[] numbers = jobs.stream().mapToInt(of).boxed().toArray(Integer[]::new);
        return Arrays.stream(numbers).allMatch(number -> number == 0) ? new Integer[0] : numbers;
    }

    @FunctionalInterface
    private interface MaybeLong {
        @Nullable
        Long of(NewJob job);
    }

    /** The numbers, or an empty array (which is of a type, as a null is not) when there are none. */
    private static @Nullable Long[] longs(List<NewJob> jobs, MaybeLong of) {
        @Nullable Long[] numbers = new Long[jobs.size()];
        boolean any = false;
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = of.of(jobs.get(i));
            any |= numbers[i] != null;
        }
        return any ? numbers : new Long[0];
    }

    private static @Nullable String[] options(List<NewJob> jobs) {
        @Nullable String[] options = new String[jobs.size()];
        boolean any = false;
        for (int i = 0; i < options.length; i++) {
            String text = jobs.get(i).spec().options();
            options[i] = text.isEmpty() ? null : Sql.clean(text);
            any |= !text.isEmpty();
        }
        return any ? options : new String[0];
    }
}
