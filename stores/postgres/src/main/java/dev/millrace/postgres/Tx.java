package dev.millrace.postgres;

import dev.millrace.JobState;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store.Signal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A transaction under way, with what it has gathered to write: changes travel together, each text once for all its jobs. */
final class Tx {
    private static final int STATES = JobState.values().length;
    private static final String TALLY = """
            INSERT INTO @tally (lane, blocked, scheduled, ready, running, succeeded, failed, cancelled)
            SELECT * FROM unnest(?::int[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[])
            """;
    private static final String TIME = "SELECT coalesce(nullif(?::bigint, " + Sql.SERVER_TIME
            + "), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)";

    final Sql sql;
    private final Calls calls;
    private final long now;
    private final Map<String, List<@Nullable Object[]>> later = new LinkedHashMap<>();
    private final Map<String, List<@Nullable Object[]>> last = new LinkedHashMap<>();
    private final Map<Integer, long[]> counts = new TreeMap<>();
    private boolean broughtBack;
    private boolean caused;
    private final Set<UUID> groups = new HashSet<>();
    private final EnumSet<Signal> signals = EnumSet.noneOf(Signal.class);

    /** Begins with a look at the time. */
    Tx(Sql sql, Calls calls) throws SQLException {
        this.sql = sql;
        this.calls = calls;
        Long time = sql.first(Sql.AT_TIME + " SELECT now FROM t", row -> (Long) row.getLong(1), calls.moved());
        this.now = time == null ? 0 : time;
    }

    /** The store's time when the transaction began, in microseconds. */
    long now() {
        return now;
    }

    /** The store's time by now: later than {@link #now()}, which was before the transaction's locks. */
    long readTime() throws SQLException {
        Long time = sql.first(TIME, row -> (Long) row.getLong(1), calls.moved());
        return time == null ? now : time;
    }

    Lanes lanes() {
        return calls.lanes();
    }

    Retention retention() {
        return calls.retention();
    }

    Lanes.Name lane(int lane) throws SQLException {
        return calls.lanes().name(sql, lane);
    }

    /** Runs this text with these values when the transaction is flushed, together with all others of the same text. */
    void later(String text, @Nullable Object... values) {
        later.computeIfAbsent(text, any -> new ArrayList<>()).add(values);
    }

    /** The same, after all of {@link #later}: for what the others look at. */
    void last(String text, @Nullable Object... values) {
        last.computeIfAbsent(text, any -> new ArrayList<>()).add(values);
    }

    /** Notes that jobs entered a state of a lane, or left it if {@code change} is negative. */
    void count(int lane, JobState state, long change) {
        counts.computeIfAbsent(lane, any -> new long[STATES])[Codes.of(state)] += change;
    }

    /** Notes that jobs are READY at a place that claims may have passed. */
    void bringBack() {
        broughtBack = true;
    }

    /** Whether a group is to be looked at that was not yet, in this transaction. */
    boolean looks(UUID group) {
        return groups.add(group);
    }

    /** Notes that something was written into the outbox. */
    void cause() {
        caused = true;
    }

    boolean caused() {
        return caused;
    }

    boolean broughtBack() {
        return broughtBack;
    }

    void signal(Signal signal) {
        signals.add(signal);
    }

    EnumSet<Signal> signals() {
        return signals;
    }

    /** Writes what was gathered. */
    void flush() throws SQLException {
        for (Map.Entry<String, List<@Nullable Object[]>> each : later.entrySet()) {
            sql.batch(each.getKey(), each.getValue());
        }
        for (Map.Entry<String, List<@Nullable Object[]>> each : last.entrySet()) {
            sql.batch(each.getKey(), each.getValue());
        }
        later.clear();
        last.clear();
        if (counts.isEmpty()) {
            return;
        }
        Integer[] lanes = counts.keySet().toArray(Integer[]::new);
        @Nullable Object[] columns = new Object[STATES + 1];
        columns[0] = lanes;
        for (int state = 0; state < STATES; state++) {
            Long[] changes = new Long[lanes.length];
            int place = 0;
            for (long[] change : counts.values()) {
                changes[place++] = change[state];
            }
            columns[state + 1] = changes;
        }
        sql.update(TALLY, columns);
        counts.clear();
    }
}
