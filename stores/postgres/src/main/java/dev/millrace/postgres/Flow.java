package dev.millrace.postgres;

import dev.millrace.StoreException;
import dev.millrace.spi.StoreUnavailableException;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Works off the {@link Outbox}: after the change that has written into it, in the same call; and where that did not come to it (its
 * process died, or the transaction was the caller's), in whichever exchange or sweep sees it first. Each step is a transaction of
 * its own, and repeats nothing that is done.
 */
final class Flow {
    /** How many rounds one call goes, each with a step of every sort: the rest is for the next exchange or sweep. */
    private static final int ROUNDS = 8;

    /** In the same order as {@link #steps}. */
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

    /** Before all rows of the outbox. */
    private static final long FROM_FIRST = Long.MIN_VALUE;

    private static final String CHILDREN = """
            SELECT seq, id FROM @outbox WHERE what = 2 AND seq > ? ORDER BY seq LIMIT ? FOR UPDATE SKIP LOCKED
            """;
    private static final String LIMITED = """
            SELECT seq, name, start FROM @outbox WHERE what = 4 ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED
            """;
    private static final String GROUPS = """
            SELECT "group" FROM @group WHERE queue = ? AND "group" >= ? ORDER BY "group" LIMIT ?
            """;

    private final Calls calls;
    private final FlowTrouble trouble = new FlowTrouble();
    private final List<Step> steps =
            List.of(Flow::promote, this::register, Deliveries::run, Members::run, Flow::limits, Groups::run);
    /** The last row of a new child that was looked at while those before it waited for what others had locked. */
    private volatile long registered = FROM_FIRST;

    private volatile Expected expected = new Expected(Long.MAX_VALUE, 0, 0);

    Flow(Calls calls) {
        this.calls = calls;
    }

    /**
     * What the last exchange saw coming.
     *
     * @param at when the first job with a group falls due or a gate is to be looked at, in microseconds of the store
     * @param seenAt the store's time of that look
     * @param seen the same by this process's {@link System#nanoTime}
     */
    private record Expected(long at, long seenAt, long seen) {
        boolean is(long moved) {
            long now = moved == Sql.SERVER_TIME ? seenAt + (System.nanoTime() - seen) / 1_000 : moved;
            return at <= now;
        }
    }

    /** A part of what is to be done; says whether there was something. */
    @FunctionalInterface
    private interface Step {
        boolean run(Tx tx) throws SQLException;
    }

    /** How far it came. */
    enum Delivered {
        /** There was nothing to do, or others are at it. */
        NOTHING,
        /** All that there was. */
        ALL,
        /** As much as one call does: there is more. */
        PART,
        /** Some of it failed, and is in the outbox still. */
        FAILED
    }

    /**
     * Does what is to be done, up to a bound. What fails stays in the outbox, so the call that has caused it does not fail, and
     * what can be done beside is.
     */
    Delivered deliver() {
        return deliver(ROUNDS);
    }

    /** What an enqueue has caused, as far as one round does it: it is not held up by what others have left to do. */
    void deliverOnce() {
        deliver(1);
    }

    private Delivered deliver(int rounds) {
        boolean[] failed = new boolean[steps.size()];
        boolean any = false;
        boolean more = true;
        try {
            for (int round = 0; round < rounds && more; round++) {
                more = once(failed);
                any |= more;
            }
        } catch (StoreException e) {
            trouble.report(e);
            return Delivered.FAILED;
        }
        for (boolean each : failed) {
            if (each) {
                return Delivered.FAILED;
            }
        }
        trouble.over();
        return more ? Delivered.PART : any ? Delivered.ALL : Delivered.NOTHING;
    }

    /** Whether another sweep is to follow at once after one that came so far. */
    boolean goesOn(Delivered delivered) {
        return delivered == Delivered.PART || (delivered == Delivered.FAILED && trouble.mayPass());
    }

    /** Notes when the first job with a group falls due or a gate is to be looked at; null for never. */
    void expect(@Nullable Long at, long now) {
        expected = new Expected(at == null ? Long.MAX_VALUE : at, now, System.nanoTime());
    }

    /** Jobs with groups that are known to fall due by now are brought to their gates, and through, before others are claimed. */
    void prepare() {
        if (expected.is(calls.moved())) {
            deliver();
        }
    }

    private boolean once(boolean[] failed) {
        boolean[] wanted = new boolean[steps.size()];
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
            any |= wanted[i] && !failed[i] && once(i, failed);
        }
        return any;
    }

    private boolean once(int place, boolean[] failed) {
        Step step = steps.get(place);
        try {
            return calls.transactAlone(step::run);
        } catch (StoreUnavailableException e) {
            throw e; // the others would wait in vain
        } catch (StoreException e) {
            trouble.report(e);
            failed[place] = true;
            return false;
        }
    }

    private static boolean promote(Tx tx) throws SQLException {
        return Groups.promote(tx, Exchanges.ON_THE_WAY) > 0;
    }

    /**
     * Tells parents and heads of jobs that could not be told when they were stored. Where all of a batch wait for what another
     * transaction has locked, they stay where they are, and the batch behind it is looked at; the next look begins behind the last.
     */
    private boolean register(Tx tx) throws SQLException {
        record Child(long seq, UUID id) {}
        long start = registered;
        long last = start;
        boolean again = false;
        boolean through = false;
        boolean all = false;
        for (int batch = 0; batch < ROUNDS && !through && !all; batch++) {
            List<Child> children =
                    tx.sql.rows(CHILDREN, row -> new Child(row.getLong(1), Sql.uuid(row, 2)), last, Deliveries.MOST);
            if (!children.isEmpty()) {
                last = children.get(children.size() - 1).seq;
                Set<UUID> locked =
                        Ties.register(tx, children.stream().map(Child::id).toList());
                through = locked.size() < children.size();
                if (through) {
                    tx.sql.update("DELETE FROM @outbox WHERE seq = ANY (?)", (Object) children.stream()
                            .filter(child -> !locked.contains(child.id))
                            .map(Child::seq)
                            .toArray(Long[]::new));
                }
            }
            all = again && last >= start;
            if (children.size() < Deliveries.MOST) {
                all |= again || start == FROM_FIRST;
                again = true;
                last = FROM_FIRST;
            }
        }
        registered = last;
        return through;
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
