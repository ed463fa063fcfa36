package dev.millrace.postgres;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.Micros;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How runs begin. A claim merges the heads of its lanes: one range of an index for each, read side by side no further than
 * needed, and for each one of what was rescued before. Rows that another claim has locked are passed over. The text depends on
 * the number of lanes only, which is rounded up to a power of two (what is too much is of no lane); above some number it is that
 * of {@link ManyLanes}.
 */
final class Claims {
    private static final String NEXT = Sql.AT_TIME + """
            , heads AS MATERIALIZED (
              SELECT j.ctid AS place
              FROM (SELECT place, priority, due, seq FROM (
                LANES
                UNION ALL (SELECT f.* FROM STRUCK CROSS JOIN LATERAL (
                    SELECT ctid AS place, priority, due, seq FROM @job WHERE state = 2 AND rescues > 0 AND lane = w.lane
                      AND priority >= ? AND (expires IS NULL OR expires > (SELECT now FROM t))
                    ORDER BY priority DESC, due, seq LIMIT ?) AS f
                  ORDER BY priority DESC, due, seq
                  LIMIT greatest(0, ?::bigint - STRUCK_BEFORE))
                ) AS ready ORDER BY priority DESC, due, seq) AS head
              JOIN @job AS j ON j.ctid = head.place
              WHERE j.state = 2 AND (SELECT coalesce(max(lane), 0) FROM @lane) = ?
                AND EXISTS (SELECT 1 FROM @session WHERE id = ? AND closed IS NULL)
              ORDER BY head.priority DESC, head.due, head.seq
              LIMIT greatest(0, ?::bigint - TAKEN_BEFORE)
              FOR UPDATE OF j SKIP LOCKED),
            taken AS (
              UPDATE @job AS j SET state = 3, token = j.token + 1, attempt = j.attempt + 1, ended = NULL, session = ?, exchange = ?,
                started = t.now
              FROM t WHERE j.ctid = ANY (ARRAY(SELECT place FROM heads))
              RETURNING j.*),
            counted AS (
              INSERT INTO @tally (lane, ready, running) SELECT lane, -count(*), count(*) FROM taken GROUP BY lane)
            SELECT COLUMNS FROM taken
            """;
    /** What a claim that goes queue by queue has taken of the queues before; the first of them need not look. */
    private static final String BEFORE = "(SELECT count(*) FROM @job WHERE state = 3 AND session = ? AND exchange = ?)";

    private static final String STRUCK_BEFORE = BEFORE.replace("= ?)", "= ? AND rescues > 0)");
    /** The jobs of one lane that were never rescued, in their order; a part of them where more is said at RANGE. */
    static final String READY = """
            (SELECT ctid AS place, priority, due, seq FROM @job WHERE state = 2 AND rescues = 0 AND lane = ?RANGE
              AND priority >= ? AND (expires IS NULL OR expires > (SELECT now FROM t)) ORDER BY priority DESC, due, seq)""";

    private static final String LANE = READY.replace("RANGE", "");
    /** Where what was rescued is looked for: in all lanes, if they are few. */
    private static final String STRUCK = "unnest(?::int[]) AS w (lane)";

    private static final String ONE = Sql.AT_TIME + """
            , found AS MATERIALIZED (
              SELECT j.id, j.state FROM @job AS j, t
              WHERE j.id = ? AND (j.state = 2 OR j.state = 1 AND j.marks & GATED = 0) AND j.lane = ANY (?)
                AND (j.expires IS NULL OR j.expires > t.now)
                AND (SELECT coalesce(max(lane), 0) FROM @lane) = ?
                AND EXISTS (SELECT 1 FROM @session WHERE id = ? AND closed IS NULL)
              FOR UPDATE OF j SKIP LOCKED),
            taken AS (
              UPDATE @job AS j SET state = 3, token = j.token + 1, attempt = j.attempt + 1, ended = NULL, session = ?, exchange = ?,
                started = t.now
              FROM t WHERE j.id = ANY (ARRAY(SELECT id FROM found))
              RETURNING j.*, (SELECT state FROM found) AS earlier),
            counted AS (
              INSERT INTO @tally (lane, scheduled, ready, running)
              SELECT lane, -count(*) FILTER (WHERE earlier = 1), -count(*) FILTER (WHERE earlier = 2), count(*) FROM taken GROUP BY lane)
            SELECT COLUMNS FROM taken
            """.replace("GATED", Integer.toString(Marks.GROUP));
    static final String COLUMNS =
            "id, lane, priority, due, seq, created, payload, options, token, attempt, snoozes, rescues, marks, expires, keep_for";
    /** What is not in a claimed job's row. */
    private static final int RICH = Marks.PAYLOAD | Marks.SPEC | Marks.STEPS;

    private static final int NO_LANE = -1;
    /** The most lanes that are merged one by one: each makes the plan longer. A power of two. */
    private static final int MERGED = 64;
    /** How many more than twice what it claims a claim among many lanes reads, since others may have locked some. */
    static final int LOCKED_BY_OTHERS = 100;

    /** What the text of a claim depends on: how many lanes, whether from their marks on, whether others came before. */
    private record Shape(int lanes, boolean marked, boolean later) {}

    private static final Map<Shape, String> TEXTS = new ConcurrentHashMap<>();
    private static final String TEXT_OF_ONE = ONE.replace("COLUMNS", COLUMNS);

    private static final Comparator<Taken> ORDER = Comparator.comparingInt((Taken each) -> -each.priority)
            .thenComparingLong(each -> each.due)
            .thenComparingLong(each -> each.seq);

    private Claims() {}

    /** A job that was claimed, as its row has it. */
    record Taken(
            int group,
            UUID id,
            int lane,
            int priority,
            long due,
            long seq,
            long created,
            byte @Nullable [] payload,
            String options,
            long token,
            ClaimedJob.History history,
            int marks,
            long expires,
            @Nullable Long keepFor) {

        static Taken read(int group, ResultSet row) throws SQLException {
            return new Taken(
                    group,
                    Sql.uuid(row, 1),
                    row.getInt(2),
                    row.getInt(3),
                    row.getLong(4),
                    row.getLong(5),
                    row.getLong(6),
                    row.getBytes(7),
                    Sql.textOrEmpty(row, 8),
                    row.getLong(9),
                    new ClaimedJob.History(row.getInt(10), row.getInt(11), row.getInt(12)),
                    row.getInt(13),
                    Job.time(row, 14),
                    Sql.longOrNull(row, 15));
        }
    }

    /** The lanes that a claim merges, each group after the one before it; none when it takes a certain job, or nothing. */
    static List<Integer[]> groups(Lanes.Known lanes, Claim claim) {
        return claim instanceof Claim.Next next && next.limit() > 0
                ? lanes.claimable(next.queues(), next.kinds())
                : List.of();
    }

    /** How many of these were rescued before. */
    static int struck(List<Taken> taken) {
        return (int) taken.stream().filter(each -> each.history().struck()).count();
    }

    /**
     * Adds what makes a claim. Nothing is claimed when there are lanes that this process does not know of yet.
     *
     * @param earlier what was claimed for this exchange before, for which its claim has less room already
     */
    static void add(
            Pipeline pipeline,
            long moved,
            Lanes.Known lanes,
            Exchange exchange,
            List<Integer[]> groups,
            LowWater.Look look,
            List<Taken> earlier,
            List<Taken> taken) {
        UUID session = exchange.session();
        long number = exchange.number();
        int last = lanes.last();
        if (exchange.claim() instanceof Claim.One one) {
            pipeline.add(
                    TEXT_OF_ONE,
                    row -> taken.add(Taken.read(0, row)),
                    moved,
                    one.job(),
                    lanes.ofKinds(one.kinds()),
                    last,
                    session,
                    session,
                    number);
        } else if (exchange.claim() instanceof Claim.Next next) {
            boolean later = false;
            for (int group = 0; group < groups.size(); group++) {
                int place = group;
                Integer[] merged = groups.get(group);
                if (merged.length == 0) {
                    continue;
                }
                Shape shape = new Shape(Math.min(roundedUp(merged.length), MERGED + 1), !look.fromHead(), later);
                later = true;
                pipeline.add(
                        TEXTS.computeIfAbsent(shape, Claims::text),
                        row -> taken.add(Taken.read(place, row)),
                        values(shape, moved, merged, look, next, earlier, session, number, last));
            }
        }
    }

    private static @Nullable Object[] values(
            Shape shape,
            long moved,
            Integer[] lanes,
            LowWater.Look look,
            Claim.Next next,
            List<Taken> earlier,
            UUID session,
            long number,
            int last) {
        // a later list of lanes has what is claimed for the exchange subtracted, those of earlier claims among it
        int most = next.limit() + (shape.later ? earlier.size() : 0);
        int struck = next.struck() + (shape.later ? struck(earlier) : 0);
        List<@Nullable Object> values = new ArrayList<>();
        values.add(moved);
        long read = 2L * next.limit() + (shape.marked ? LowWater.LOCKED_BY_OTHERS : LOCKED_BY_OTHERS);
        if (shape.lanes > MERGED) {
            values.addAll(Arrays.asList(lanes, next.minPriority(), read));
        } else {
            for (int i = 0; i < shape.lanes; i++) {
                Integer lane = i < lanes.length ? lanes[i] : (Integer) NO_LANE;
                values.addAll(
                        shape.marked ? look.values(lane, next.minPriority(), read) : List.of(lane, next.minPriority()));
            }
        }
        values.addAll(Arrays.asList(lanes, next.minPriority(), struck, struck));
        if (shape.later) {
            values.addAll(List.of(session, number));
        }
        values.addAll(List.of(last, session, most));
        if (shape.later) {
            values.addAll(List.of(session, number));
        }
        values.addAll(List.of(session, number));
        return values.toArray();
    }

    private static int roundedUp(int lanes) {
        return lanes <= 1 ? 1 : Integer.highestOneBit(lanes - 1) << 1;
    }

    private static String text(Shape shape) {
        boolean many = shape.lanes > MERGED;
        String lane = shape.marked ? LowWater.LANE : LANE;
        String heads = many ? ManyLanes.HEADS : String.join("\nUNION ALL ", Collections.nCopies(shape.lanes, lane));
        return NEXT.replace("LANES", heads)
                .replace("STRUCK_BEFORE", shape.later ? STRUCK_BEFORE : "0")
                .replace("TAKEN_BEFORE", shape.later ? BEFORE : "0")
                .replace("STRUCK", many ? ManyLanes.STRUCK : STRUCK)
                .replace("COLUMNS", COLUMNS);
    }

    /** The claimed jobs in the order in which they are to be started; reads what is not in their rows. */
    static List<ClaimedJob> jobs(Sql sql, Lanes lanes, List<Taken> taken) throws SQLException {
        List<Taken> sorted = new ArrayList<>(taken);
        sorted.sort(Comparator.comparingInt(Taken::group).thenComparing(ORDER));
        UUID[] rich = sorted.stream()
                .filter(each -> (each.marks & RICH) != 0)
                .map(Taken::id)
                .toArray(UUID[]::new);
        Map<UUID, ClaimedJob> read = rich.length == 0 ? Map.of() : Records.claimed(sql, lanes, rich);
        List<ClaimedJob> jobs = new ArrayList<>(sorted.size());
        for (Taken each : sorted) {
            ClaimedJob whole = read.get(each.id);
            jobs.add(whole == null ? plain(sql, lanes, each) : whole);
        }
        return jobs;
    }

    private static ClaimedJob plain(Sql sql, Lanes lanes, Taken taken) throws SQLException {
        Lanes.Name name = lanes.name(sql, taken.lane);
        JobSpec spec = new JobSpec(
                taken.id,
                name.kind(),
                name.queue(),
                taken.priority,
                taken.payload == null ? new byte[0] : taken.payload,
                taken.options,
                Labels.NONE,
                Keys.NONE,
                taken.keepFor == null ? null : Duration.of(taken.keepFor, ChronoUnit.MICROS));
        return new ClaimedJob(
                spec,
                taken.token,
                taken.history,
                new ClaimedJob.Times(
                        Micros.instant(taken.created), Micros.instant(taken.due), Micros.orNull(taken.expires)),
                new HashMap<>());
    }
}
