package dev.millrace.sqlite;

import dev.millrace.JobState;
import dev.millrace.spi.Keys;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import dev.millrace.spi.Transition;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The gate of groups. A group in use has a row that says how many of its jobs hold a slot, and when its bucket is full. Jobs and
 * count change in one transaction, so they cannot disagree. Who is BLOCKED by the group has a row in {@code millrace_waiting}, in
 * the order of admission, so finding the next is one look, however many wait there and elsewhere.
 */
final class Groups {
    private static final String FIND = "SELECT gid, queue, name, key, held, full_at FROM millrace_group ";

    private Groups() {}

    /** A group in use. */
    private record Group(long gid, String queue, Keys.Group key, int held, long fullAt) {
        static Group read(ResultSet row) throws SQLException {
            Keys.Group key = new Keys.Group(Statements.textOrEmpty(row, 3), Statements.textOrEmpty(row, 4), false);
            return new Group(row.getLong(1), Statements.textOrEmpty(row, 2), key, row.getInt(5), row.getLong(6));
        }

        /** How many more jobs may have a slot and a token. */
        int room(QueueLimits limits, long now) {
            int slots = Math.max(0, limits.slots(key) - held);
            Rate rate = limits.rate(key);
            return rate == null ? slots : Math.min(slots, rate.tokens(fullAt, now));
        }

        /** The group once so many more have passed. A bucket of another rate is at most empty from then on. */
        Group with(int more, QueueLimits limits, long now) {
            Rate rate = limits.rate(key);
            boolean takes = more > 0 || fullAt > now;
            long bucket = rate != null && takes ? rate.take(fullAt, now, more) : fullAt;
            return new Group(gid, queue, key, held + more, bucket);
        }
    }

    private static Group of(Tx tx, Job job) throws SQLException {
        Keys.Group key = job.keys(tx).group();
        if (key == null) {
            throw new IllegalStateException("job " + job.id + " is marked as one of a group, and has none");
        }
        String queue = tx.lanes.name(job.lane).queue();
        Group known = tx.sql.first(
                FIND + "WHERE queue = ? AND name = ? AND key = ?", Group::read, queue, key.name(), key.key());
        if (known != null) {
            return known;
        }
        long gid = tx.sql.number(
                "INSERT INTO millrace_group (queue, name, key) VALUES (?, ?, ?) RETURNING gid",
                queue,
                key.name(),
                key.key());
        return new Group(gid, queue, key, 0, 0);
    }

    private static boolean anyWaits(Tx tx, Group group) throws SQLException {
        return tx.sql.exists("SELECT 1 FROM millrace_waiting WHERE gid = ? LIMIT 1", group.gid);
    }

    private static void save(Tx tx, Group group) throws SQLException {
        tx.sql.update(
                "UPDATE millrace_group SET held = ?, full_at = ? WHERE gid = ?", group.held, group.fullAt, group.gid);
    }

    /**
     * A job stands at the gate, with its place in the row as it will be saved: it takes a slot and is READY, or is BLOCKED until
     * one is given to it. In a transaction of the application it is always BLOCKED first.
     */
    static JobState pass(Tx tx, Job job) throws SQLException {
        Group group = of(tx, job);
        QueueLimits limits = tx.limits.of(group.queue, tx.now());
        if (tx.owner == Tx.Owner.STORE && group.room(limits, tx.now()) > 0 && !anyWaits(tx, group)) {
            take(tx, job, group, limits);
            return JobState.READY;
        }
        queueUp(tx, job, group);
        tx.outbox.admit(group.gid);
        return JobState.BLOCKED;
    }

    private static void queueUp(Tx tx, Job job, Group group) throws SQLException {
        tx.sql.update(
                "INSERT INTO millrace_waiting (gid, rank, due, seq) VALUES (?, ?, ?, ?)",
                group.gid,
                -job.priority,
                job.due,
                job.seq);
    }

    /**
     * A job comes from elsewhere, and is BLOCKED so far. If it held a slot there, it takes one here, as far as there are; else it
     * waits until the next exchange or sweep, since the limits of its group may come behind it.
     */
    static void adopt(Tx tx, Job job, boolean held) throws SQLException {
        Group group = of(tx, job);
        if (held && group.held < tx.limits.of(group.queue, tx.now()).slots(group.key)) {
            tx.sql.update("UPDATE millrace_group SET held = held + 1 WHERE gid = ?", group.gid);
            job.marks |= Marks.HOLDS;
            job.state = JobState.READY;
            job.save(tx);
        } else {
            queueUp(tx, job, group);
            tx.outbox.save(new Outbox.Item(Outbox.Work.ADMIT, group.gid, null, null), tx.now());
        }
    }

    /** A job that was stored just now, BLOCKED, stands at the gate. */
    static void arrive(Tx tx, Job job) throws SQLException {
        job.state = pass(tx, job);
        if (job.state != JobState.BLOCKED) {
            job.save(tx);
        }
    }

    private static void take(Tx tx, Job job, Group group, QueueLimits limits) throws SQLException {
        save(tx, group.with(1, limits, tx.now()));
        job.marks |= Marks.HOLDS;
        if (limits.fair() > 0) {
            job.due = tx.now();
        }
    }

    /**
     * Takes a slot for a job that is claimed by its id before it was READY.
     *
     * @return false when there is none for it
     */
    static boolean takeNow(Tx tx, Job job) throws SQLException {
        if (!job.marked(Marks.GROUP) || job.marked(Marks.HOLDS)) {
            return true;
        }
        Group group = of(tx, job);
        QueueLimits limits = tx.limits.of(group.queue, tx.now());
        if (group.room(limits, tx.now()) == 0 || anyWaits(tx, group)) {
            return false;
        }
        long due = job.due;
        take(tx, job, group, limits);
        job.due = due;
        job.save(tx);
        return true;
    }

    /** A job that was BLOCKED by its group does not wait there any more. To be called before its priority or due time change. */
    static void leave(Tx tx, Job job) throws SQLException {
        Group group = of(tx, job);
        leave(tx, group, new Place(-job.priority, job.due, job.seq));
        if (!anyWaits(tx, group)) {
            tx.outbox.remove(Outbox.Work.ADMIT, group.gid);
        }
    }

    private static void leave(Tx tx, Group group, Place place) throws SQLException {
        tx.sql.update(
                "DELETE FROM millrace_waiting WHERE gid = ? AND rank = ? AND due = ? AND seq = ?",
                group.gid,
                place.rank,
                place.due,
                place.seq);
    }

    /** A job gives its slot back, if it has one; the caller saves the job. */
    static void free(Tx tx, Job job) throws SQLException {
        if (!job.marked(Marks.HOLDS)) {
            return;
        }
        job.marks &= ~Marks.HOLDS;
        Group group = of(tx, job);
        tx.sql.update("UPDATE millrace_group SET held = held - 1 WHERE gid = ?", group.gid);
        if (anyWaits(tx, group)) {
            tx.outbox.admit(group.gid);
        }
    }

    /** A job is to be deleted. */
    static void deleted(Tx tx, Job job) throws SQLException {
        if (waitsAtGate(job)) {
            leave(tx, job);
        }
        free(tx, job);
    }

    /** Whether a job is BLOCKED by its group. */
    static boolean waitsAtGate(Job job) {
        return job.state == JobState.BLOCKED && job.marked(Marks.GROUP) && !job.marked(Marks.WAITS);
    }

    private record Place(int rank, long due, long seq) {
        static Place read(ResultSet row) throws SQLException {
            return new Place(row.getInt(1), row.getLong(2), row.getLong(3));
        }
    }

    /** Gives free places to those that are blocked, in order. */
    static Outbox.@Nullable Item admit(Tx tx, Outbox.Item item) throws SQLException {
        Group group = tx.sql.first(FIND + "WHERE gid = ?", Group::read, item.target());
        if (group == null) {
            return null;
        }
        QueueLimits limits = tx.limits.of(group.queue, tx.now());
        int most = Math.min(group.room(limits, tx.now()), tx.outbox.left());
        List<Place> places = most == 0
                ? List.of()
                : tx.sql.rows(
                        "SELECT rank, due, seq FROM millrace_waiting WHERE gid = ? ORDER BY rank, due, seq LIMIT ?",
                        Place::read,
                        group.gid,
                        most);
        for (Place place : places) {
            leave(tx, group, place);
            Job job = Job.bySeq(tx, place.seq);
            job.marks |= Marks.HOLDS;
            if (limits.fair() > 0) {
                job.due = tx.now();
            }
            Moves.move(tx, job, Transition.ADMIT);
        }
        tx.outbox.spend(1 + places.size());
        Group left = group.with(places.size(), limits, tx.now());
        if (!left.equals(group)) {
            save(tx, left);
        }
        return next(tx, item, left, limits);
    }

    /** What is to be done for a group when the free places are given: nothing until a slot is free, or at the time of a token. */
    private static Outbox.@Nullable Item next(Tx tx, Outbox.Item item, Group group, QueueLimits limits)
            throws SQLException {
        Rate rate = limits.rate(group.key);
        boolean slot = group.held < limits.slots(group.key) && anyWaits(tx, group);
        if (slot && group.room(limits, tx.now()) > 0) {
            return item;
        }
        if (slot && rate != null) {
            tx.outbox.save(item, rate.nextAt(group.fullAt, tx.now()));
        } else if (rate != null || group.fullAt > tx.now()) {
            tx.outbox.remove(Outbox.Work.ADMIT, item.target());
        }
        return null;
    }

    private record Looked(long gid, boolean concerned) {
        static Looked read(ResultSet row) throws SQLException {
            return new Looked(row.getLong(1), row.getInt(2) != 0);
        }
    }

    /** Looks at those groups of a queue that jobs wait for, or that lack tokens. */
    static Outbox.@Nullable Item reopen(Tx tx, Outbox.Item item) throws SQLException {
        int most = tx.outbox.left();
        List<Looked> looked = tx.sql.rows(
                """
                SELECT gid, queue = ?1 AND (full_at > ?4 OR EXISTS (SELECT 1 FROM millrace_waiting AS w WHERE w.gid = g.gid))
                FROM millrace_group AS g WHERE gid > ?2 ORDER BY gid LIMIT ?3
                """, Looked::read, item.target(), item.cursor() == null ? 0L : item.cursor(), most, tx.now());
        looked.stream().filter(Looked::concerned).forEach(each -> tx.outbox.admit(each.gid));
        tx.outbox.spend(looked.size());
        return looked.size() < most ? null : item.from(looked.get(looked.size() - 1).gid);
    }

    /** Forgets groups that nobody holds or waits for and whose buckets are full. */
    static void dropIdle(Tx tx, int limit) throws SQLException {
        tx.sql.update("""
                DELETE FROM millrace_group WHERE gid IN (
                  SELECT gid FROM millrace_group AS g INDEXED BY millrace_group_idle WHERE held = 0 AND full_at <= ?
                    AND NOT EXISTS (SELECT 1 FROM millrace_waiting AS w WHERE w.gid = g.gid) LIMIT ?)
                """, tx.now(), limit);
    }
}
