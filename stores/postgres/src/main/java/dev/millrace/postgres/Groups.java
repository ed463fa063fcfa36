package dev.millrace.postgres;

import dev.millrace.spi.Keys;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import dev.millrace.spi.Store.Signal;
import dev.millrace.spi.Transition;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Lets jobs pass their groups' gates, never in a transaction of the caller's. The rows of the groups are locked, in order; then
 * those are counted that hold a slot, no further than the limit: none can be added meanwhile, and who gives one back leaves a row
 * in the {@link Outbox}, so that it is looked again. What another transaction has locked of the jobs at the gate is passed over,
 * and looked at again as well.
 */
final class Groups {
    /** The most groups, and the most jobs, of one transaction. */
    private static final int MOST = 500;

    private static final String TAKE = """
            DELETE FROM @outbox WHERE seq = ANY (ARRAY(
              SELECT seq FROM @outbox WHERE what = 1 ORDER BY seq LIMIT ? FOR UPDATE SKIP LOCKED))
            RETURNING id
            """;
    private static final String PROMOTABLE =
            "SELECT id FROM @slot WHERE stage IN (2, 3) AND due <= ? ORDER BY due, seq LIMIT ?";
    private static final String DUE = """
            SELECT "group" FROM @group WHERE next_at <= ? ORDER BY next_at LIMIT ?
            """;
    /** Groups with jobs at the gate get a row that can be locked. */
    private static final String MAKE = """
            INSERT INTO @group ("group", queue, name, key)
            SELECT w.id, s.queue, s.name, s.key FROM unnest(?::uuid[]) WITH ORDINALITY AS w (id, place)
            CROSS JOIN LATERAL (
              SELECT o.queue, o.name, o.key FROM @slot AS o WHERE o."group" = w.id AND o.stage = 0
              ORDER BY o.priority DESC, o.due, o.seq LIMIT 1) AS s
            ORDER BY w.place ON CONFLICT ("group") DO NOTHING
            """;

    private static final String LOCK = """
            SELECT "group", queue, name, key, full_at FROM @group WHERE "group" = ANY (?) ORDER BY "group" FOR UPDATE
            """;
    private static final String WAITED_FOR = """
            SELECT w.id FROM unnest(?::uuid[]) AS w (id)
            WHERE EXISTS (SELECT 1 FROM @slot AS s WHERE s."group" = w.id AND s.stage = 0)
            """;
    private static final String HELD = """
            SELECT w.id, (SELECT count(*) FROM (SELECT 1 FROM @slot AS s WHERE s."group" = w.id AND s.stage IN (1, 3) LIMIT w.most) AS h),
              EXISTS (SELECT 1 FROM @slot AS s WHERE s."group" = w.id AND s.stage = 0)
            FROM unnest(?::uuid[], ?::int[]) AS w (id, most)
            """;
    private static final String ADMIT = """
            WITH found AS MATERIALIZED (
              SELECT w.id AS place, w.due, f.id FROM unnest(?::uuid[], ?::int[], ?::bigint[]) AS w (id, most, due)
              CROSS JOIN LATERAL (
                SELECT j.id FROM @slot AS s JOIN @job AS j ON j.id = s.id
                WHERE s."group" = w.id AND s.stage = 0 AND j.state + 0 = 0
                ORDER BY s.priority DESC, s.due, s.seq LIMIT w.most FOR UPDATE OF j SKIP LOCKED) AS f),
            passed AS (
              UPDATE @job AS j SET state = 2, marks = j.marks | HOLDS, due = coalesce(f.due, j.due)
              FROM found AS f WHERE j.id = f.id RETURNING j.lane),
            held AS (UPDATE @slot AS s SET stage = 1 FROM found AS f WHERE s.id = f.id),
            counted AS (INSERT INTO @tally (lane, blocked, ready) SELECT lane, -count(*), count(*) FROM passed GROUP BY lane)
            SELECT place, count(*) FROM found GROUP BY place
            """.replace("HOLDS", Integer.toString(Marks.HOLDS));
    private static final String LEAVE = """
            UPDATE @group AS g SET full_at = w.full_at, next_at = nullif(w.next_at, 0)
            FROM unnest(?::uuid[], ?::bigint[], ?::bigint[]) AS w (id, full_at, next_at)
            WHERE g."group" = w.id AND (g.full_at <> w.full_at OR g.next_at IS DISTINCT FROM nullif(w.next_at, 0))
            """;

    private final Tx tx;
    private final List<Group> groups;

    /** A group, locked. */
    private static final class Group {
        final UUID id;
        final String queue;
        final Keys.Group keys;
        long fullAt;
        long nextAt;
        int held;
        boolean waited;
        int admitted;

        @Nullable
        Rate rate;

        int slots;
        boolean fair;

        Group(ResultSet row) throws SQLException {
            id = Sql.uuid(row, 1);
            queue = Sql.textOrEmpty(row, 2);
            keys = new Keys.Group(Sql.textOrEmpty(row, 3), Sql.textOrEmpty(row, 4), false);
            fullAt = row.getLong(5);
        }

        void limit(QueueLimits limits) {
            rate = limits.rate(keys);
            slots = limits.slots(keys);
            fair = limits.fair() > 0;
        }

        /**
         * A bucket that was emptied under a slower rate, or by a clock that went back, is just empty. One that was emptied while
         * this transaction waited for it is no such bucket, so that is judged by a time read after the locks.
         */
        void clamp(Tx tx) throws SQLException {
            if (rate != null && rate.clamp(fullAt, tx.now()) != fullAt) {
                fullAt = rate.clamp(fullAt, tx.readTime());
            }
        }

        int free(long now) {
            int free = Math.min(slots - held, MOST);
            return rate == null ? free : Math.min(free, rate.tokens(fullAt, now));
        }
    }

    private Groups(Tx tx, List<Group> groups) {
        this.tx = tx;
        this.groups = groups;
    }

    /** Takes jobs whose time has come to their groups' gates, or through where they hold a slot; says how many. */
    static int promote(Tx tx, int limit) throws SQLException {
        List<UUID> found = tx.sql.rows(PROMOTABLE, row -> Sql.uuid(row, 1), tx.now(), limit);
        if (found.isEmpty()) {
            return 0;
        }
        List<Job> due =
                Job.select(tx, "WHERE j.id = ANY (?) AND j.state + 0 = 1 ORDER BY j.id", (Object) Job.sorted(found));
        for (Job job : due) {
            Moves.move(tx, job, Transition.PROMOTE);
        }
        return due.size();
    }

    /** Whether a job is SCHEDULED and has a group. */
    static boolean mayPass(Sql sql, UUID id) throws SQLException {
        return sql.exists("SELECT 1 FROM @job WHERE id = ? AND state = 1 AND marks & ? <> 0", id, Marks.GROUP);
    }

    /**
     * Lets a SCHEDULED job pass before its time, if its group has a place that nobody waits for; says whether it did.
     */
    static boolean pass(Tx tx, UUID id) throws SQLException {
        List<Job> found = Job.select(tx, "WHERE j.id = ? AND j.state = 1 AND j.marks & ? <> 0", id, Marks.GROUP);
        if (found.isEmpty()) {
            return false;
        }
        Job job = found.get(0);
        if (!job.marked(Marks.HOLDS)) {
            String queue = tx.lanes().queue(job.lane);
            Keys.Group keys = Objects.requireNonNull(job.keys.group(), "a group");
            UUID group = GroupId.of(queue, keys);
            tx.sql.update(
                    "INSERT INTO @group (\"group\", queue, name, key) VALUES (?, ?, ?, ?) ON CONFLICT (\"group\") DO NOTHING",
                    group,
                    Sql.clean(queue),
                    Sql.clean(keys.name()),
                    Sql.clean(keys.key()));
            List<Group> locked = tx.sql.rows(LOCK, Group::new, (Object) new UUID[] {group});
            if (locked.isEmpty() || !new Groups(tx, locked).passOne()) {
                return false;
            }
            job.mark(Marks.HOLDS, true);
        }
        Moves.move(tx, job, Transition.PROMOTE);
        return true;
    }

    private boolean passOne() throws SQLException {
        Group group = groups.get(0);
        group.limit(Limits.of(tx, List.of(group.queue)).getOrDefault(group.queue, QueueLimits.NONE));
        count(Map.of(group.id, group));
        if (group.waited || group.free(tx.now()) <= 0) {
            return false;
        }
        if (group.rate != null) {
            group.fullAt = group.rate.take(group.fullAt, tx.now(), 1);
        }
        leave(Set.of());
        return true;
    }

    /** Looks at some of the groups that are to be looked at; says whether anything came of it. */
    static boolean run(Tx tx) throws SQLException {
        Set<UUID> ids = new LinkedHashSet<>(tx.sql.rows(TAKE, row -> Sql.uuid(row, 1), MOST));
        ids.addAll(tx.sql.rows(DUE, row -> Sql.uuid(row, 1), tx.now(), MOST));
        if (ids.isEmpty()) {
            return false;
        }
        return look(tx, ids);
    }

    private static boolean look(Tx tx, Collection<UUID> ids) throws SQLException {
        UUID[] sorted = Job.sorted(ids);
        tx.sql.update(MAKE, (Object) sorted);
        List<Group> groups = tx.sql.rows(LOCK, Group::new, (Object) sorted);
        boolean left = leaveDropped(tx, ids, groups);
        return (groups.isEmpty() || new Groups(tx, groups).admit()) || left;
    }

    /**
     * A row that another transaction dropped between {@link #MAKE} and {@link #LOCK}, since it saw nobody at the gate, is made
     * anew in the next look. Says whether there is one.
     */
    private static boolean leaveDropped(Tx tx, Collection<UUID> ids, List<Group> locked) throws SQLException {
        Set<UUID> others = new LinkedHashSet<>(ids);
        locked.forEach(group -> others.remove(group.id));
        if (others.isEmpty()) {
            return false;
        }
        List<UUID> waiting = tx.sql.rows(WAITED_FOR, row -> Sql.uuid(row, 1), (Object) Job.sorted(others));
        waiting.forEach(group -> Outbox.look(tx, group));
        return !waiting.isEmpty();
    }

    private boolean admit() throws SQLException {
        Map<UUID, Group> byId = new HashMap<>();
        Map<String, QueueLimits> limits =
                Limits.of(tx, groups.stream().map(group -> group.queue).toList());
        for (Group group : groups) {
            byId.put(group.id, group);
            group.limit(limits.getOrDefault(group.queue, QueueLimits.NONE));
            group.clamp(tx);
        }
        count(byId);
        List<Group> open = groups.stream()
                .filter(group -> group.waited && group.free(tx.now()) > 0)
                .toList();
        if (!open.isEmpty()) {
            tx.sql.rows(
                    ADMIT,
                    row -> Objects.requireNonNull(byId.get(Sql.uuid(row, 1))).admitted = row.getInt(2),
                    open.stream().map(group -> group.id).toArray(UUID[]::new),
                    open.stream().map(group -> group.free(tx.now())).toArray(Integer[]::new),
                    open.stream()
                            .map(group -> group.fair ? (Long) tx.now() : null)
                            .toArray(Long[]::new));
        }
        Set<UUID> more = new LinkedHashSet<>();
        for (Group group : open) {
            if (group.admitted > 0) {
                tx.signal(Signal.READY);
                tx.bringBack();
            }
            if (group.admitted == MOST || group.admitted < group.free(tx.now())) {
                more.add(group.id);
            }
            if (group.rate != null) {
                group.fullAt = group.rate.take(group.fullAt, tx.now(), group.admitted);
            }
            group.held += group.admitted;
        }
        leave(more);
        return more.isEmpty() || open.stream().anyMatch(group -> group.admitted > 0);
    }

    private void count(Map<UUID, Group> byId) throws SQLException {
        tx.sql.rows(
                HELD,
                row -> {
                    Group group = Objects.requireNonNull(byId.get(Sql.uuid(row, 1)));
                    group.held = row.getInt(2);
                    group.waited = row.getBoolean(3);
                    return group;
                },
                groups.stream().map(group -> group.id).toArray(UUID[]::new),
                // where there is no limit, it is only asked whether the group is in use
                groups.stream()
                        .map(group -> group.slots == Integer.MAX_VALUE ? 1 : group.slots)
                        .toArray(Integer[]::new));
    }

    /** Writes down when the gates are to be looked at again, and drops the rows of groups that are not in use. */
    private void leave(Set<UUID> more) throws SQLException {
        Map<UUID, Boolean> waits = new HashMap<>();
        UUID[] ids = groups.stream().map(group -> group.id).toArray(UUID[]::new);
        tx.sql.rows(
                HELD,
                row -> waits.put(Sql.uuid(row, 1), row.getBoolean(3)),
                ids,
                groups.stream().map(group -> 0).toArray(Integer[]::new));
        List<UUID> idle = new ArrayList<>();
        for (Group group : groups) {
            boolean waiting = waits.getOrDefault(group.id, false);
            boolean shut = group.rate != null
                    && waiting
                    && group.slots > group.held
                    && group.rate.tokens(group.fullAt, tx.now()) == 0;
            group.nextAt = shut && group.rate != null ? group.rate.nextAt(group.fullAt, tx.now()) : 0;
            if (!waiting && group.held == 0 && group.fullAt <= tx.now()) {
                idle.add(group.id);
            } else if (waiting && more.contains(group.id)) {
                Outbox.look(tx, group.id);
            }
        }
        tx.sql.update(
                LEAVE,
                ids,
                groups.stream().map(group -> group.fullAt).toArray(Long[]::new),
                groups.stream().map(group -> group.nextAt).toArray(Long[]::new));
        if (!idle.isEmpty()) {
            tx.sql.update("DELETE FROM @group WHERE \"group\" = ANY (?)", (Object) Job.sorted(idle));
        }
    }
}
