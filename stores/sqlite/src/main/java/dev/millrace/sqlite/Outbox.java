package dev.millrace.sqlite;

import dev.millrace.spi.Verdict;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a change of some jobs makes necessary for others. It is gathered while the change is made, and done in the same
 * transaction, up to {@value #BATCH} jobs of it; what is more lies in {@code millrace_outbox}, written with the cause, until an
 * exchange or a sweep goes on. A row may also name a later time: that of the next token for a group.
 *
 * <p>Each piece of work looks at how things are when it is done, not at how they were when it was written, so doing it again, or
 * late, has no effect, and one row for each target is enough.
 *
 * <p>In a transaction of the application nothing of it is done, only written: the file is locked for others as shortly as can be.
 */
final class Outbox {
    /** The most jobs of others that one transaction touches. */
    static final int BATCH = 500;

    /** What is to be done, with its number in the file: part of the layout. */
    enum Work {
        /** Tells the jobs that wait for a job how it ended, or that it is unfinished again. */
        TELL(0),
        /** Gives the members of a workflow that has ended the time until which they are kept. */
        LET_GO(1),
        /** Forgets what a deleted job waited for. */
        FORGET(2),
        /** Gives the free places of a group to its blocked jobs. */
        ADMIT(3),
        /** Looks at the groups of a queue, whose limits have changed. */
        REOPEN(4);

        final int code;

        Work(int code) {
            this.code = code;
        }

        static Work of(int code) {
            for (Work work : values()) {
                if (work.code == code) {
                    return work;
                }
            }
            throw new IllegalArgumentException("no work in the outbox has the number " + code);
        }
    }

    /**
     * One piece of work.
     *
     * @param target the job's id, the group's number or the queue's name
     * @param verdict how the job ended that others are told of, in case it is deleted by then
     * @param cursor how far it is done; null before it is begun
     */
    record Item(
            Work work,
            Object target,
            @Nullable Verdict verdict,
            @Nullable Object cursor) {
        Item from(Object done) {
            return new Item(work, target, verdict, done);
        }
    }

    /** Does a piece of work, and says what is left of it; null when nothing is. */
    private interface Doing {
        @Nullable
        Item go(Tx tx, Item item) throws SQLException;
    }

    private static final Map<Work, Doing> DOING = Map.of(
            Work.TELL, Dependencies::tell,
            Work.LET_GO, Workflows::letGo,
            Work.FORGET, Dependencies::forget,
            Work.ADMIT, Groups::admit,
            Work.REOPEN, Groups::reopen);

    private final Tx tx;
    private final Map<UUID, Item> news = new LinkedHashMap<>();
    private final Deque<Item> others = new ArrayDeque<>();
    /** Groups come last, so that all who compete for a place are there. */
    private final LinkedHashSet<Long> groups = new LinkedHashSet<>();

    private int left = BATCH;

    Outbox(Tx tx) {
        this.tx = tx;
    }

    /** A job has ended, or is unfinished again (null), and others wait for it. */
    void tell(UUID job, @Nullable Verdict verdict) {
        news.remove(job);
        news.put(job, new Item(Work.TELL, job, verdict, null));
    }

    /** A workflow has ended. */
    void letGo(UUID head) {
        others.add(new Item(Work.LET_GO, head, null, null));
    }

    /** A job that waited for others is deleted. */
    void forget(UUID child) {
        others.add(new Item(Work.FORGET, child, null, null));
    }

    /** A group may have a place for somebody. */
    void admit(long group) {
        groups.add(group);
    }

    /** A queue's limits have changed. */
    void reopen(String queue) {
        others.add(new Item(Work.REOPEN, queue, null, null));
    }

    /** How many more jobs may be touched in this transaction. */
    int left() {
        return left;
    }

    void spend(int jobs) {
        left -= jobs;
    }

    /** Does what was gathered, as far as it may, and writes down the rest. */
    void work() throws SQLException {
        for (Item item = next(); item != null; item = next()) {
            Item rest = left > 0 && tx.owner == Tx.Owner.STORE ? go(item) : item;
            if (rest != null) {
                save(rest, tx.now());
            }
        }
    }

    /** Goes on with what was written down and is due. */
    void drain() throws SQLException {
        work();
        while (left > 0) {
            Item item = tx.sql.first(
                    "SELECT work, target, verdict, cursor FROM millrace_outbox INDEXED BY millrace_outbox_at WHERE at <= ? ORDER BY at LIMIT 1",
                    Outbox::read,
                    tx.now());
            if (item == null) {
                return;
            }
            remove(item.work, item.target);
            Item rest = go(item);
            if (rest != null) {
                save(rest, tx.now());
            }
            left--;
            work();
        }
    }

    private @Nullable Item next() {
        Iterator<Item> told = news.values().iterator();
        if (told.hasNext()) {
            Item next = told.next();
            told.remove();
            return next;
        }
        if (!others.isEmpty()) {
            return others.poll();
        }
        Iterator<Long> waiting = groups.iterator();
        if (!waiting.hasNext()) {
            return null;
        }
        Item next = new Item(Work.ADMIT, waiting.next(), null, null);
        waiting.remove();
        return next;
    }

    private @Nullable Item go(Item item) throws SQLException {
        Doing doing = DOING.get(item.work);
        return doing == null ? null : doing.go(tx, item);
    }

    /** Writes work down for a time; what was written of it before is replaced. */
    void save(Item item, long at) throws SQLException {
        tx.sql.update(
                "INSERT OR REPLACE INTO millrace_outbox (work, target, at, verdict, cursor) VALUES (?, ?, ?, ?, ?)",
                item.work.code,
                item.target,
                at,
                Codes.ofNullable(item.verdict),
                item.cursor);
    }

    void remove(Work work, Object target) throws SQLException {
        tx.sql.update("DELETE FROM millrace_outbox WHERE work = ? AND target = ?", work.code, target);
    }

    /** Whether something that was written down is due. */
    boolean due() throws SQLException {
        return tx.sql.exists(
                "SELECT 1 FROM millrace_outbox INDEXED BY millrace_outbox_at WHERE at <= ? LIMIT 1", tx.now());
    }

    private static Item read(ResultSet row) throws SQLException {
        Work work = Work.of(row.getInt(1));
        Object target = switch (work) {
            case TELL, LET_GO, FORGET -> Ids.uuid(row.getBytes(2));
            case ADMIT -> row.getLong(2);
            case REOPEN -> Statements.textOrEmpty(row, 2);
        };
        Object cursor = switch (work) {
            case TELL -> row.getBytes(4);
            case LET_GO, FORGET, ADMIT, REOPEN -> Statements.longOrNull(row, 4);
        };
        return new Item(work, target, Codes.verdict(Statements.longOrNull(row, 3)), cursor);
    }

    /** The transaction is over: the next may do as much again. */
    void ended() {
        news.clear();
        others.clear();
        groups.clear();
        left = BATCH;
    }
}
