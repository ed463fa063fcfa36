package dev.millrace.postgres;

import dev.millrace.spi.Verdict;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a change makes necessary for other jobs: a row written in the change's own transaction, which only ever inserts, so that
 * nobody waits for another. {@link Flow} works the rows off, each in a transaction that deletes it.
 */
final class Outbox {
    /** A job that others wait for has ended; without a verdict, it is unfinished again. */
    static final int PARENT = 0;
    /** A group may have a place, or somebody who wants one. */
    static final int GROUP = 1;
    /** A job's parents, and its workflow's head, are to be told of it. */
    static final int CHILD = 2;
    /** A workflow's head has ended or was deleted: its members are kept no longer than others. */
    static final int HEAD = 3;
    /** A queue's limits have changed. */
    static final int LIMITS = 4;

    private static final String TELL = "INSERT INTO @outbox (what, id, verdict) VALUES (?, ?, ?::smallint)";

    private Outbox() {}

    /** Notes how a job ended, for those that wait for it; null when it is unfinished again. */
    static void tell(Tx tx, UUID parent, @Nullable Verdict verdict) {
        add(tx, PARENT, parent, verdict == null ? null : Codes.of(verdict));
    }

    /** Notes that a group is to be looked at. */
    static void look(Tx tx, UUID group) {
        if (tx.looks(group)) {
            add(tx, GROUP, group, null);
        }
    }

    static void register(Tx tx, UUID child) {
        add(tx, CHILD, child, null);
    }

    static void letGo(Tx tx, UUID head) {
        add(tx, HEAD, head, null);
    }

    private static void add(Tx tx, int what, UUID id, @Nullable Integer verdict) {
        tx.later(TELL, what, id, verdict);
        tx.cause();
    }
}
