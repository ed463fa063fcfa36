package dev.millrace.sqlite;

import dev.millrace.spi.Claim;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Picks what a claim takes: merges the heads of its lanes by priority, due time and arrival. Each lane is read from its index
 * in chunks that grow, so a claim looks at hardly more jobs than it takes, whatever else lies in the store.
 */
final class Heads {
    private static final String READY =
            "SELECT seq, priority, due FROM millrace_job INDEXED BY millrace_job_ready WHERE state = 2 AND rescues = 0"
                    + " AND lane = ?1 AND priority >= ?2 AND (?3 = 0 OR expires IS NULL OR expires > ?3)"
                    + " ORDER BY priority DESC, due, seq LIMIT ?4 OFFSET ?5";
    private static final String STRUCK =
            "SELECT seq, priority, due FROM millrace_job INDEXED BY millrace_job_struck WHERE state = 2 AND rescues > 0"
                    + " AND lane = ?1 AND priority >= ?2 AND (?3 = 0 OR expires IS NULL OR expires > ?3)"
                    + " ORDER BY priority DESC, due, seq LIMIT ?4 OFFSET ?5";

    private final Tx tx;
    private final int minPriority;
    private final int limit;
    private final long unexpiredAt;
    private int struckLeft;
    private final boolean anyStruck;

    /**
     * @param unexpiredAt leaves jobs alone that have expired by then; 0 when it is known that there are none, which saves the
     *     look at each job's row
     */
    Heads(Tx tx, Claim.Next next, long unexpiredAt) throws SQLException {
        this.tx = tx;
        this.minPriority = next.minPriority();
        this.limit = next.limit();
        this.unexpiredAt = unexpiredAt;
        this.struckLeft = next.struck();
        this.anyStruck = struckLeft > 0
                && tx.sql.exists(
                        "SELECT 1 FROM millrace_job INDEXED BY millrace_job_struck WHERE state = 2 AND rescues > 0"
                                + " LIMIT 1");
    }

    /** Whether only jobs that were never rescued can be taken, so that a lane is one range of one index. */
    boolean onlyPlain() {
        return !anyStruck;
    }

    /** Takes from these lanes at most so many, in one order across them, until the claim's limit is reached. */
    void take(List<Long> lanes, List<Long> taken, int most) throws SQLException {
        int until = (int) Math.min(limit, (long) taken.size() + most);
        if (taken.size() >= until) {
            return;
        }
        PriorityQueue<Source> heads = new PriorityQueue<>(Comparator.comparing(Source::head));
        int chunk = Math.max(8, 2 * (until - taken.size()) / Math.max(1, lanes.size()));
        for (long lane : lanes) {
            offer(heads, new Source(READY, lane, chunk));
            if (anyStruck && struckLeft > 0) {
                offer(heads, new Source(STRUCK, lane, struckLeft));
            }
        }
        while (taken.size() < until) {
            Source source = heads.poll();
            if (source == null) {
                return;
            }
            if (source.struck() && struckLeft-- <= 0) {
                continue;
            }
            taken.add(source.head().seq);
            source.advance();
            offer(heads, source);
        }
    }

    private static void offer(PriorityQueue<Source> heads, Source source) throws SQLException {
        if (source.find()) {
            heads.add(source);
        }
    }

    private record Head(long seq, int priority, long due) implements Comparable<Head> {
        @Override
        public int compareTo(Head other) {
            int order = Integer.compare(other.priority, priority);
            if (order == 0) {
                order = Long.compare(due, other.due);
            }
            return order != 0 ? order : Long.compare(seq, other.seq);
        }
    }

    /** A range of an index, read in chunks. */
    private final class Source {
        private final String sql;
        private final long lane;
        private int chunk;
        private int read;
        private boolean more = true;
        private final Deque<Head> heads = new ArrayDeque<>();

        Source(String sql, long lane, int chunk) {
            this.sql = sql;
            this.lane = lane;
            this.chunk = Math.min(chunk, limit);
        }

        boolean struck() {
            return sql.equals(STRUCK);
        }

        Head head() {
            return heads.element();
        }

        void advance() {
            heads.remove();
        }

        /** Whether there is a head; reads the next chunk if it must. */
        boolean find() throws SQLException {
            if (heads.isEmpty() && more) {
                PreparedStatement statement = tx.sql.prepare(sql);
                statement.setLong(1, lane);
                statement.setInt(2, minPriority);
                statement.setLong(3, unexpiredAt);
                statement.setInt(4, chunk);
                statement.setInt(5, read);
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        heads.add(new Head(rows.getLong(1), rows.getInt(2), rows.getLong(3)));
                    }
                }
                more = heads.size() == chunk;
                read += heads.size();
                chunk = Math.min(2 * chunk, limit);
            }
            return !heads.isEmpty();
        }
    }
}
