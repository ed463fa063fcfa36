package dev.millrace.postgres;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * From where on claims look while the server cannot clear dead rows away.
 *
 * <p>A claimed job leaves a dead entry at the head of its lane's index. While a transaction somewhere is open that is older than
 * these, every look from the head on steps over all of them. So each lane has marks, up to where its jobs of a priority were
 * claimed last, and most claims begin there; of priorities without a mark they see what fell due since the last look from the
 * head on. What comes in before that (a job that another process has handed back; one whose transaction was open longer than others) is found
 * by the next look from the head on, which is made after ten times as long as the last one took: that bounds what dead rows cost
 * to about a tenth, and how long such a job may be overlooked to five seconds.
 *
 * <p>One per store; safe for several threads.
 */
final class LowWater {
    /** From so many dead rows on a look from the head costs milliseconds. */
    private static final long MANY = 50_000;
    /** The most lanes that are marked, and the most priorities of each: every mark makes the claim's plan longer. */
    private static final int LANES = 8;

    private static final int PRIORITIES = 4;

    private static final long ASK_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(5);
    private static final long AGAIN = TimeUnit.MILLISECONDS.toNanos(250);
    private static final int TIMES = 10;
    /** How many rows more than twice what it takes a claim reads of a lane: others may have locked as many. */
    static final int LOCKED_BY_OTHERS = 2_500;

    /** What is known of the lane that was looked at longest ago goes first when there are more than this. */
    private static final int REMEMBERED = 1_000;

    /** One lane in parts: what is above the first mark, then for each what comes from it on and what is below it. */
    static final String LANE = lane();

    /** A look that sees all. */
    static final Look FROM_HEAD = new Look(List.of(), true, 0, Map.of());

    private final LongSupplier nanos;
    private boolean needed;
    private long askedAt;
    private final Map<Integer, Seen> lanes = new LinkedHashMap<>();

    /** A place in a lane among the jobs of one priority. */
    private record Place(long due, long seq) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byDue = Long.compare(due, other.due);
            return byDue != 0 ? byDue : Long.compare(seq, other.seq);
        }
    }

    /** What is known of a lane. */
    private static final class Seen {
        /** The places by priority, the one that was marked last at the end. */
        final LinkedHashMap<Integer, Place> marks = new LinkedHashMap<>();
        /** Down to this priority all that fell due before {@link #since} and is before a mark was taken. */
        int floor = Integer.MAX_VALUE;

        long since = Long.MIN_VALUE;
        /** When to look from the head on again, by the monotonic clock. */
        long next;

        Seen(long now) {
            next = now;
        }

        /** The values of {@link #LANE} without the lane and the least priority: parts in their order. */
        List<List<Object>> parts() {
            TreeMap<Integer, Place> sorted = new TreeMap<>(marks);
            for (int below = Integer.MIN_VALUE; sorted.size() < PRIORITIES; below++) {
                sorted.put(below, new Place(0, 0)); // no job has such a priority
            }
            List<List<Object>> parts = new ArrayList<>();
            List<Integer> priorities = new ArrayList<>(sorted.descendingKeySet());
            parts.add(List.of(priorities.get(0), dueFrom(priorities.get(0))));
            for (int i = 0; i < PRIORITIES; i++) {
                int priority = priorities.get(i);
                Place place = sorted.getOrDefault(priority, new Place(0, 0));
                parts.add(List.of(priority, place.due, place.seq));
                int to = i + 1 < PRIORITIES ? priorities.get(i + 1) : Integer.MIN_VALUE;
                parts.add(List.of(priority, to, dueFrom(to)));
            }
            return parts;
        }

        private long dueFrom(int priority) {
            return priority >= floor ? since : Long.MIN_VALUE;
        }

        void mark(int priority, Place place) {
            marks.remove(priority);
            marks.put(priority, place);
            if (marks.size() > PRIORITIES) {
                int eldest = marks.keySet().iterator().next();
                marks.remove(eldest);
                floor = Math.max(floor, eldest + 1); // it may have more behind its mark
            }
        }
    }

    /**
     * One claim's look: from the head on, or from marks on.
     *
     * @param lanes of which
     * @param fromHead whether it reads all
     * @param began when, by the monotonic clock
     * @param parts the values of {@link #LANE} by lane
     */
    record Look(List<Integer> lanes, boolean fromHead, long began, Map<Integer, List<List<Object>>> parts) {
        /** The values of {@link #LANE} for one lane, of which no more is read than {@code most}. */
        List<Object> values(Integer lane, int minPriority, long most) {
            List<Object> values = new ArrayList<>();
            parts.getOrDefault(lane, NOTHING_SEEN).forEach(part -> {
                values.add(lane);
                values.addAll(part);
                values.add(minPriority);
            });
            values.add(most);
            return values;
        }
    }

    private static final List<List<Object>> NOTHING_SEEN = new Seen(0).parts();

    /** @param nanos the monotonic clock */
    LowWater(LongSupplier nanos) {
        this.nanos = nanos;
        this.askedAt = nanos.getAsLong() - ASK_NANOS;
    }

    private static String lane() {
        List<String> parts = new ArrayList<>();
        parts.add(Claims.READY.replace("RANGE", " AND priority > ? AND due >= ?"));
        for (int mark = 1; mark <= PRIORITIES; mark++) {
            parts.add(Claims.READY.replace("RANGE", " AND priority = ? AND (due, seq) >= (?, ?)"));
            parts.add(Claims.READY.replace("RANGE", " AND priority < ? AND priority > ? AND due >= ?"));
        }
        // one part after the other, each only where those before it are not enough: the dead rows of the rest are not
        // read
        return "(SELECT * FROM (" + String.join("\nUNION ALL ", parts) + ") AS parts LIMIT ?)";
    }

    /** Whether the server is to be asked how many dead rows there are. */
    synchronized boolean asks() {
        if (nanos.getAsLong() - askedAt < ASK_NANOS) {
            return false;
        }
        askedAt = nanos.getAsLong();
        return true;
    }

    synchronized boolean needed() {
        return needed;
    }

    /** So many dead rows there are. */
    synchronized void dead(long rows) {
        needed = rows >= (needed ? MANY / 2 : MANY);
        if (!needed) {
            lanes.clear();
        }
    }

    /** How to look for jobs of these lanes now. */
    synchronized Look look(List<Integer> wanted) {
        long now = nanos.getAsLong();
        if (!needed || wanted.size() > LANES) {
            return FROM_HEAD;
        }
        List<Seen> seen = wanted.stream().map(this::seen).toList();
        if (seen.stream().anyMatch(lane -> now - lane.next >= 0)) {
            seen.forEach(lane -> lane.next = now + LONGEST); // nobody else meanwhile
            return new Look(wanted, true, now, Map.of());
        }
        Map<Integer, List<List<Object>>> parts = new HashMap<>();
        wanted.forEach(lane -> parts.put(lane, seen(lane).parts()));
        return new Look(wanted, false, now, parts);
    }

    private Seen seen(Integer lane) {
        Seen seen = lanes.remove(lane);
        lanes.put(lane, seen == null ? new Seen(nanos.getAsLong()) : seen);
        if (lanes.size() > REMEMBERED) {
            lanes.remove(lanes.keySet().iterator().next());
        }
        return lanes.get(lane);
    }

    /**
     * What a look has led to.
     *
     * @param storeTime when it was made, by the store's clock
     * @param all whether nothing that it could see is left
     */
    synchronized void took(Look look, List<Claims.Taken> taken, long storeTime, boolean all) {
        if (!needed) {
            return;
        }
        Map<Integer, TreeMap<Integer, Place>> last = new HashMap<>();
        for (Claims.Taken each : taken) {
            last.computeIfAbsent(each.lane(), lane -> new TreeMap<>())
                    .merge(each.priority(), new Place(each.due(), each.seq()), LowWater::later);
        }
        long now = nanos.getAsLong();
        for (Integer lane : look.lanes) {
            Seen seen = seen(lane);
            TreeMap<Integer, Place> places = last.getOrDefault(lane, new TreeMap<>());
            int lowest = places.isEmpty() ? Integer.MAX_VALUE : places.firstKey();
            if (look.fromHead) {
                seen.next = now + Math.max(SHORTEST, Math.min(LONGEST, TIMES * (now - look.began)));
                seen.since = storeTime;
                seen.floor = lowest;
                if (!all) {
                    // what comes before these marks was not looked at
                    seen.marks.keySet().removeIf(priority -> priority < lowest);
                }
            }
            seen.floor = all ? Integer.MIN_VALUE : Math.min(seen.floor, lowest);
            places.forEach((priority, place) -> {
                Place before = seen.marks.get(priority);
                seen.mark(priority, before != null && all ? later(before, place) : place);
            });
        }
    }

    /** A look that was not made after all, or could not see anything. */
    synchronized void sawNothing(Look look) {
        if (needed) {
            long now = nanos.getAsLong();
            look.lanes.forEach(lane -> seen(lane).next = now);
        }
    }

    /** Jobs have come back to where they were: what comes next is looked for from the head on. */
    synchronized void cameBack() {
        long now = nanos.getAsLong();
        lanes.values().forEach(lane -> lane.next = now);
    }

    private static Place later(Place one, Place other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /**
     * For how long a claim that found less than it wanted may miss something, in microseconds; 0 when it saw all.
     *
     * @param nothing whether it took none, as when others had locked what it saw
     */
    synchronized long overlooks(Look look, boolean nothing) {
        if (look.fromHead) {
            return 0;
        }
        long now = nanos.getAsLong();
        long soonest = look.lanes.stream()
                .mapToLong(lane -> seen(lane).next - now)
                .min()
                .orElse(LONGEST);
        return Math.max(1, TimeUnit.NANOSECONDS.toMicros(nothing ? Math.min(soonest, AGAIN) : soonest));
    }
}
