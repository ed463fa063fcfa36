package dev.millrace.postgres;

import dev.millrace.StoreException;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works off the {@link Outbox}: after the change that has written into it, in the same call; and where that did not come to it (its
 * process died, or the transaction was the caller's), in whichever exchange or sweep sees it first. Each step is a transaction of
 * its own, and repeats nothing that is done.
 */
final class Flow {
    private static final Logger LOG = LoggerFactory.getLogger(Flow.class);
    /** How many rounds one call goes, each with a step of every sort: the rest is for the next exchange or sweep. */
    private static final int ROUNDS = 8;

    /** In the same order as {@link #STEPS}. */
    private static final String LOOK = Sql.AT_TIME + """
            SELECT EXISTS (SELECT 1 FROM @slot WHERE stage IN (2, 3) AND due <= t.now),
              EXISTS (SELECT 1 FROM @outbox WHERE what = 2), EXISTS (SELECT 1 FROM @outbox WHERE what = 0),
              EXISTS (SELECT 1 FROM @outbox WHERE what = 3), EXISTS (SELECT 1 FROM @outbox WHERE what = 4),
              EXISTS (SELECT 1 FROM @outbox WHERE what = 1) OR EXISTS (SELECT 1 FROM @group WHERE next_at <= t.now)
            FROM t
            """;
    /** Whether there is anything to do; for statements that have the time as {@code t}. */
    static final String ANY = "(EXISTS (SELECT 1 FROM @outbox) OR EXISTS (SELECT 1 FROM @group WHERE next_at <= t.now)"
            + " OR EXISTS (SELECT 1 FROM @slot WHERE stage IN (2, 3) AND due <= t.now))";

    private static final String CHILDREN = """
            SELECT seq, id FROM @outbox WHERE what = 2 ORDER BY seq LIMIT ? FOR UPDATE SKIP LOCKED
            """;
    private static final String LIMITED = """
            SELECT seq, name, start FROM @outbox WHERE what = 4 ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED
            """;
    private static final String GROUPS = """
            SELECT "group" FROM @group WHERE queue = ? AND "group" >= ? ORDER BY "group" LIMIT ?
            """;

    private final Calls calls;
    private volatile boolean grouped;

    Flow(Calls calls) {
        this.calls = calls;
    }

    /** A part of what is to be done; says whether there was something. */
    @FunctionalInterface
    private interface Step {
        boolean run(Tx tx) throws SQLException;
    }

    private static final List<Step> STEPS =
            List.of(Flow::promote, Flow::register, Deliveries::run, Members::run, Flow::limits, Groups::run);

    /** How far it came. */
    enum Delivered {
        /** There was nothing to do, or others are at it. */
        NOTHING,
        /** All that there was. */
        ALL,
        /** As much as one call does: there is more. */
        PART
    }

    /** Does what is to be done, up to a bound. What fails stays in the outbox, so the call that has caused it does not fail. */
    Delivered deliver() {
        boolean any = false;
        try {
            for (int round = 0; round < ROUNDS; round++) {
                if (!once()) {
                    return any ? Delivered.ALL : Delivered.NOTHING;
                }
                any = true;
            }
            return Delivered.PART;
        } catch (StoreException e) {
            LOG.debug("what jobs' ends mean for others is left to the next exchange or sweep", e);
            return any ? Delivered.ALL : Delivered.NOTHING;
        }
    }

    /** Notes whether there are unfinished jobs with groups. */
    void grouped(boolean value) {
        grouped = value;
    }

    /** Where there are groups, their jobs are brought to their gates, and through, before others are claimed. */
    void prepare() {
        if (grouped) {
            deliver();
        }
    }

    private boolean once() {
        boolean[] wanted = new boolean[STEPS.size()];
        calls.run(sql -> sql.rows(
                LOOK,
                row -> {
                    for (int i = 0; i < wanted.length; i++) {
                        wanted[i] = row.getBoolean(i + 1);
                    }
                    return true;
                },
                calls.moved()));
        boolean any = false;
        for (int i = 0; i < wanted.length; i++) {
            Step step = STEPS.get(i);
            any |= wanted[i] && calls.transactAlone(step::run);
        }
        return any;
    }

    private static boolean promote(Tx tx) throws SQLException {
        return Groups.promote(tx, Exchanges.ON_THE_WAY) > 0;
    }

    /** Tells parents and heads of jobs that could not be told when they were stored. */
    private static boolean register(Tx tx) throws SQLException {
        record Child(long seq, UUID id) {}
        List<Child> children =
                tx.sql.rows(CHILDREN, row -> new Child(row.getLong(1), Sql.uuid(row, 2)), Deliveries.MOST);
        if (children.isEmpty()) {
            return false;
        }
        var left = Ties.register(tx, children.stream().map(Child::id).toList());
        Long[] done = children.stream()
                .filter(child -> !left.contains(child.id))
                .map(Child::seq)
                .toArray(Long[]::new);
        tx.sql.update("DELETE FROM @outbox WHERE seq = ANY (?)", (Object) done);
        return done.length > 0;
    }

    /** Has the groups of a queue looked at whose limits have changed. */
    private static boolean limits(Tx tx) throws SQLException {
        record Limited(long seq, String queue, UUID start) {}
        Limited event =
                tx.sql.first(LIMITED, row -> new Limited(row.getLong(1), Sql.textOrEmpty(row, 2), Sql.uuid(row, 3)));
        if (event == null) {
            return false;
        }
        List<UUID> groups = tx.sql.rows(GROUPS, row -> Sql.uuid(row, 1), event.queue, event.start, Deliveries.MOST + 1);
        if (groups.size() > Deliveries.MOST) {
            tx.sql.update("UPDATE @outbox SET start = ? WHERE seq = ?", groups.remove(Deliveries.MOST), event.seq);
        } else {
            tx.sql.update("DELETE FROM @outbox WHERE seq = ?", event.seq);
        }
        groups.forEach(group -> Outbox.look(tx, group));
        return true;
    }
}
