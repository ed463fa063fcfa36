package dev.millrace.postgres;

import dev.millrace.spi.Claim.Queues;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of the lanes, one per queue and kind. They are never given up, so what was read stays true; a lane that another
 * process has added is found out by the largest number, which only grows in the order of commits.
 *
 * <p>A server can lose lanes all the same: a standby took over that had not received them, or a backup was restored. Steps of
 * a random width between the numbers make sure that what is added then does not get the number of another that is remembered
 * here. After a connection was lost the lanes are read anew, and what is stored is checked against them.
 */
final class Lanes {
    private static final String ADD = """
            WITH added AS (
              INSERT INTO @lane (lane, queue, kind)
              SELECT (SELECT coalesce(max(lane), 0) FROM @lane) + sum(a.step) OVER (ROWS UNBOUNDED PRECEDING), a.queue, a.kind
              FROM (SELECT queue, kind, 1 + floor(random() * 4096)::int AS step
                    FROM unnest(?::text[], ?::text[]) AS w (queue, kind) OFFSET 0) AS a
              WHERE NOT EXISTS (SELECT 1 FROM @lane AS l WHERE l.queue = a.queue AND l.kind = a.kind)
              RETURNING lane)
            SELECT count(*) FROM added
            """;

    private volatile Known known = new Known(Map.of(), Map.of(), 0);
    private volatile boolean doubtful;

    /** The server has lost lanes that were there, or has others under their numbers. */
    static final class Changed extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        Changed(String what) {
            super(what + ", though it was just made: was the schema restored meanwhile? Repeat the call");
        }
    }

    /** A lane's queue and kind. */
    record Name(String queue, String kind) {}

    /**
     * What is known of the lanes at one moment.
     *
     * @param last the largest number
     */
    record Known(Map<Name, Integer> numbers, Map<Integer, Name> names, int last) {
        /**
         * Lanes of these kinds, each list ascending; those within one list are claimed from in one order, a later list only
         * after the earlier.
         */
        List<Integer[]> claimable(Queues queues, Set<String> kinds) {
            Map<String, List<Integer>> byQueue = new HashMap<>();
            List<Integer> all = new ArrayList<>();
            names.forEach((lane, name) -> {
                boolean excepted = queues instanceof Queues.AllBut allBut
                        && allBut.except().contains(name.queue);
                if (kinds.contains(name.kind) && !excepted) {
                    byQueue.computeIfAbsent(name.queue, any -> new ArrayList<>())
                            .add(lane);
                    all.add(lane);
                }
            });
            List<Integer[]> groups = new ArrayList<>();
            if (queues instanceof Queues.InOrder inOrder) {
                for (String queue : inOrder.names()) {
                    List<Integer> lanes = byQueue.remove(queue);
                    if (lanes != null) {
                        groups.add(lanes.toArray(Integer[]::new));
                    }
                }
            } else if (!all.isEmpty()) {
                groups.add(all.toArray(Integer[]::new));
            }
            return groups;
        }

        /** The queue of a lane that is known. */
        String queue(int lane) {
            return Objects.requireNonNull(names.get(lane), "a known lane").queue();
        }

        /** Lanes of a kind, in any queue. */
        Integer[] ofKinds(Set<String> kinds) {
            return claimable(new Queues.AllBut(Set.of()), kinds).stream()
                    .findFirst()
                    .orElse(new Integer[0]);
        }
    }

    /** What is known now. */
    Known known() {
        return known;
    }

    /** After a lost connection: the next call may meet another server, which may not have all of the lanes. */
    void distrust() {
        doubtful = true;
    }

    /** Reads the lanes anew if they are in doubt. */
    void refresh(Sql sql) throws SQLException {
        if (doubtful) {
            read(sql);
        }
    }

    /** Reads the lanes anew; one after the other, so that what was read last was also seen last. */
    synchronized void read(Sql sql) throws SQLException {
        // first: a doubt that comes up meanwhile is not answered by this look
        doubtful = false;
        Map<Name, Integer> numbers = new HashMap<>();
        // in ascending order, as claims among many want them
        Map<Integer, Name> names = new TreeMap<>();
        try {
            sql.rows("SELECT lane, queue, kind FROM @lane", row -> {
                Name name = new Name(row.getString(2), row.getString(3));
                numbers.put(name, row.getInt(1));
                return names.put(row.getInt(1), name);
            });
        } catch (SQLException e) {
            doubtful = true;
            throw e;
        }
        int last = names.keySet().stream().mapToInt(lane -> lane).max().orElse(0);
        known = new Known(numbers, names, last);
    }

    /** Sees to it that all these lanes have numbers; commits on its own, so not to be called within a transaction. */
    void make(Sql sql, Collection<Name> wanted) throws SQLException {
        Set<Name> missing = new HashSet<>(wanted);
        missing.removeAll(known.numbers.keySet());
        if (missing.isEmpty()) {
            return;
        }
        List<Name> added = new ArrayList<>(missing);
        String[] queues = added.stream().map(Name::queue).toArray(String[]::new);
        String[] kinds = added.stream().map(Name::kind).toArray(String[]::new);
        new Pipeline()
                // the numbers must become visible in their order: see last()
                .add("SELECT pg_advisory_xact_lock(hashtext('millrace.lane'), 0)", row -> true)
                .add(ADD, row -> true, queues, kinds)
                .run(sql);
        read(sql);
    }

    int number(String queue, String kind) {
        return number(new Name(queue, kind));
    }

    int number(Name name) {
        Integer number = known.numbers.get(name);
        if (number == null) {
            throw new Changed("the lane of queue " + name.queue + " and kind " + name.kind + " is not known");
        }
        return number;
    }

    /** The name of a lane; reads the lanes anew if another process has added it. */
    Name name(Sql sql, int lane) throws SQLException {
        Name name = known.names.get(lane);
        if (name == null) {
            read(sql);
            name = known.names.get(lane);
        }
        if (name == null) {
            throw new IllegalStateException("a job is of lane " + lane + ", which there is not");
        }
        return name;
    }

    /** The queue of a lane that {@link #name} has been asked for before. */
    String queue(int lane) {
        Name name = known.names.get(lane);
        if (name == null) {
            throw new Changed("lane " + lane + " is not known");
        }
        return name.queue;
    }

    /** Lanes of a queue and a kind, either of which may be null for any. */
    Integer[] matching(@Nullable String queue, @Nullable String kind) {
        return known.names.entrySet().stream()
                .filter(each -> queue == null || each.getValue().queue.equals(queue))
                .filter(each -> kind == null || each.getValue().kind.equals(kind))
                .map(Map.Entry::getKey)
                .toArray(Integer[]::new);
    }
}
