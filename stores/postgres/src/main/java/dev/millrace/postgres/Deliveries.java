package dev.millrace.postgres;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Transition;
import dev.millrace.spi.Verdict;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Tells jobs how those ended that they wait for: a batch of events of the {@link Outbox}, and a part of the children of each, in
 * one transaction. Children are locked in the order of their ids before it is looked what they still wait for, so that of two
 * parents that end at once the second sees what the first has written. Events of one parent are told in their order.
 */
final class Deliveries {
    /** The most events of one transaction, and the most children that are told. */
    static final int MOST = 500;

    private static final String TAKE = """
            SELECT o.seq, o.id, o.verdict, o.start FROM @outbox AS o
            WHERE o.what = 0 AND NOT EXISTS (SELECT 1 FROM @outbox AS e WHERE e.what = 0 AND e.id = o.id AND e.seq < o.seq)
            ORDER BY o.seq LIMIT ? FOR UPDATE OF o SKIP LOCKED
            """;
    private static final String CHILDREN = """
            SELECT w.seq, d.child, d.wish FROM unnest(?::bigint[], ?::uuid[], ?::uuid[]) AS w (seq, id, start)
            CROSS JOIN LATERAL (
              SELECT o.child, o.wish FROM @dependency AS o
              WHERE o.parent = w.id AND o.verdict IS TOLD AND o.child >= w.start ORDER BY o.child LIMIT ?) AS d
            """;
    private static final String UNTOLD = CHILDREN.replace("TOLD", "NULL");
    private static final String TOLD = CHILDREN.replace("TOLD", "NOT NULL");

    private final Tx tx;
    private final List<Event> events;

    /** An event: a parent's verdict, or none when it is unfinished again. */
    private static final class Event {
        final long seq;
        final UUID parent;
        final @Nullable Verdict verdict;
        final UUID start;
        final List<UUID> children = new ArrayList<>();
        final Set<UUID> hoping = new HashSet<>();

        Event(long seq, UUID parent, @Nullable Verdict verdict, UUID start) {
            this.seq = seq;
            this.parent = parent;
            this.verdict = verdict;
            this.start = start;
        }
    }

    private Deliveries(Tx tx, List<Event> events) {
        this.tx = tx;
        this.events = events;
    }

    /** Tells of some; says whether there was any. */
    static boolean run(Tx tx) throws SQLException {
        List<Event> events = tx.sql.rows(
                TAKE,
                row -> {
                    Long code = Sql.longOrNull(row, 3);
                    Verdict verdict = code == null ? null : Codes.verdict(code.intValue());
                    return new Event(row.getLong(1), Sql.uuid(row, 2), verdict, Sql.uuid(row, 4));
                },
                MOST);
        if (events.isEmpty()) {
            return false;
        }
        new Deliveries(tx, events).tell();
        return true;
    }

    private void tell() throws SQLException {
        List<Event> ends =
                events.stream().filter(event -> event.verdict != null).toList();
        List<Event> revivals =
                events.stream().filter(event -> event.verdict == null).toList();
        int share = Math.max(1, MOST / events.size());
        read(UNTOLD, ends, share);
        read(TOLD, revivals, share);
        List<Event> done = new ArrayList<>();
        for (Event event : events) {
            if (event.children.size() <= share) {
                done.add(event);
            } else {
                UUID next = event.children.remove(share);
                tx.later("UPDATE @outbox SET start = ? WHERE seq = ?", next, event.seq);
                tx.cause();
            }
        }
        tellEnds(ends);
        tellRevivals(revivals);
        tx.flush();
        Members.letGo(
                tx,
                done.stream()
                        .filter(event -> event.verdict != null)
                        .map(event -> event.parent)
                        .toList());
        tx.sql.update("DELETE FROM @outbox WHERE seq = ANY (?)", (Object)
                done.stream().map(event -> event.seq).toArray(Long[]::new));
    }

    private void read(String text, List<Event> some, int share) throws SQLException {
        if (some.isEmpty()) {
            return;
        }
        Map<Long, Event> bySeq = new HashMap<>();
        some.forEach(event -> bySeq.put(event.seq, event));
        tx.sql.rows(
                text,
                row -> {
                    Event event = Objects.requireNonNull(bySeq.get(row.getLong(1)));
                    if (row.getInt(3) == 1) {
                        event.hoping.add(Sql.uuid(row, 2));
                    }
                    return event.children.add(Sql.uuid(row, 2));
                },
                some.stream().map(event -> event.seq).toArray(Long[]::new),
                some.stream().map(event -> event.parent).toArray(UUID[]::new),
                some.stream().map(event -> event.start).toArray(UUID[]::new),
                share + 1);
    }

    private static Set<UUID> children(Collection<Event> events) {
        Set<UUID> children = new LinkedHashSet<>();
        events.forEach(event -> children.addAll(event.children));
        return children;
    }

    private void tellEnds(List<Event> ends) throws SQLException {
        Set<UUID> children = children(ends);
        if (children.isEmpty()) {
            return;
        }
        List<Job> blocked = new ArrayList<>(blocked(children));
        List<Judgements.Told> told = new ArrayList<>();
        for (Event event : ends) {
            event.children.forEach(child -> told.add(
                    new Judgements.Told(child, event.parent, Objects.requireNonNull(event.verdict, "a verdict"))));
        }
        Judgements.write(tx, told);
        // one that was run again by hand in between has not seen what was written, and is seen now
        blocked.forEach(job -> children.remove(job.id));
        if (!children.isEmpty()) {
            blocked.addAll(blocked(children));
        }
        Judgements.judge(tx, blocked);
    }

    /** Those of the children that may be let through, locked. One that runs is not: its handler's transaction may have it. */
    private List<Job> blocked(Collection<UUID> children) throws SQLException {
        List<UUID> found = tx.sql.rows(
                "SELECT id FROM @job WHERE id = ANY (?) AND state + 0 = 0", row -> Sql.uuid(row, 1), (Object)
                        Job.sorted(children));
        return found.isEmpty() ? List.of() : Job.waiting(tx, found);
    }

    private void tellRevivals(List<Event> revivals) throws SQLException {
        Set<UUID> children = children(revivals);
        if (children.isEmpty()) {
            return;
        }
        List<Job> ended = Job.finished(tx, children);
        List<UUID> ofChild = new ArrayList<>();
        List<UUID> ofParent = new ArrayList<>();
        Set<UUID> hoping = new HashSet<>();
        for (Event event : revivals) {
            ofChild.addAll(event.children);
            event.children.forEach(child -> ofParent.add(event.parent));
            hoping.addAll(event.hoping);
        }
        Judgements.forget(tx, ofChild.toArray(UUID[]::new), ofParent.toArray(UUID[]::new));
        if (!hoping.isEmpty()) {
            Judgements.hopeAgain(tx, hoping.toArray(UUID[]::new));
        }
        List<Job> heads = ended.stream().filter(job -> job.marked(Marks.HEAD)).toList();
        RunningAgain.markWaitedFor(tx, heads);
        for (Job head : heads) {
            head.mark(Marks.WAITS, true);
            Moves.runAgain(tx, head);
        }
        List<Job> abandoned = ended.stream()
                .filter(job -> !job.marked(Marks.HEAD)
                        && job.state == JobState.CANCELLED
                        && job.reason == CancelReason.PARENT_FAILED)
                .toList();
        List<Job> revived = Judgements.waitingAgain(tx, abandoned);
        // one that comes back has its key before another can take it; of several with one key, one comes back
        Set<UUID> taken = UniqueKeys.reserve(tx, revived).keySet();
        RunningAgain.markWaitedFor(tx, revived);
        for (Job job : revived) {
            if (!taken.contains(job.id)) {
                job.expires = Micros.NEVER;
                Moves.move(tx, job, Transition.REVIVE);
            }
        }
    }
}
