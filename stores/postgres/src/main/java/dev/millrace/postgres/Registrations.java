package dev.millrace.postgres;

import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Tells parents and heads of jobs that could not be told when they were stored: a batch of the {@link Outbox} in each transaction.
 * A batch all of which waits for what another transaction has locked is left as it is, and the one behind it is looked at; where a
 * call does not come to the end, the next call of this process goes on from there.
 */
final class Registrations {
    private static final String CHILDREN = """
            SELECT seq, id FROM @outbox WHERE what = 2 AND seq > ? ORDER BY seq LIMIT ? FOR UPDATE SKIP LOCKED
            """;
    private static final long START = Long.MIN_VALUE;

    /** Behind what the next call begins to look. */
    private volatile long behind = START;

    private record Child(long seq, UUID id) {}

    /** Begins a call, which looks at every batch that is there, up to a bound. */
    Call begin() {
        return new Call();
    }

    /** The looks of one call; for one thread. */
    final class Call {
        private final long began = behind;
        private long at = began;
        private boolean pastEnd;
        private int heldUp;

        private Call() {}

        /** Looks at the next batch; says whether it is worth while to go on. */
        boolean run(Tx tx) throws SQLException {
            List<Child> children =
                    tx.sql.rows(CHILDREN, row -> new Child(row.getLong(1), Sql.uuid(row, 2)), at, Deliveries.MOST);
            Set<UUID> locked = children.isEmpty()
                    ? Set.of()
                    : Ties.register(tx, children.stream().map(Child::id).toList());
            Long[] done = children.stream()
                    .filter(child -> !locked.contains(child.id))
                    .map(Child::seq)
                    .toArray(Long[]::new);
            if (done.length > 0) {
                tx.sql.update("DELETE FROM @outbox WHERE seq = ANY (?)", (Object) done);
                return true;
            }
            boolean end = children.size() < Deliveries.MOST;
            at = end ? START : children.get(children.size() - 1).seq;
            behind = at;
            boolean allSeen = end ? pastEnd || began == START : pastEnd && at >= began;
            pastEnd |= end;
            heldUp++;
            return !allSeen && heldUp < Flow.ROUNDS;
        }
    }
}
