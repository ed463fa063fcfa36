package dev.millrace.postgres;

import dev.millrace.JobState;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Transition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** What a job's moves mean for its slot in its group: whether it waits for one, holds one, or neither. */
final class Slots {
    /** It waits at its group's gate. */
    private static final int WAITING = 0;
    /** It is READY or RUNNING, and holds a slot. */
    private static final int HELD = 1;
    /** It is SCHEDULED. */
    private static final int SCHEDULED = 2;
    /** It is SCHEDULED, and holds a slot all the same. */
    private static final int RETRYING = 3;
    /** It is behind its parents' gate. */
    private static final int BEHIND_PARENTS = 4;

    private static final String PUT = """
            INSERT INTO @slot (id, "group", seq, due, priority, stage, queue, name, key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET due = excluded.due, priority = excluded.priority, stage = excluded.stage
            """;

    private static final String ENTER = """
            INSERT INTO @slot (id, "group", seq, due, priority, stage, queue, name, key)
            SELECT j.id, w.place, j.seq, j.due, j.priority, CASE WHEN j.state = 1 THEN 2 WHEN j.state = 2 THEN 1 WHEN j.marks & WAITS = 0 THEN 0 ELSE 4 END,
              w.queue, w.name, w.key
            FROM unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[]) AS w (id, place, queue, name, key)
            CROSS JOIN LATERAL (SELECT * FROM @job AS o WHERE o.id = w.id OFFSET 0) AS j
            RETURNING "group", stage
            """.replace("WAITS", Integer.toString(Marks.WAITS));

    private Slots() {}

    /** Writes down the groups of those of these jobs that have one. Their rows were just stored. */
    static void enter(Tx tx, List<JobSpec> jobs) throws SQLException {
        record Place(UUID id, UUID group, String queue, Keys.Group keys) {}
        List<Place> places = new ArrayList<>();
        for (JobSpec job : jobs) {
            Keys.Group group = job.keys().group();
            if (group != null) {
                String queue = job.queue();
                places.add(new Place(job.id(), GroupId.of(queue, group), queue, group));
            }
        }
        if (places.isEmpty()) {
            return;
        }
        Set<UUID> open = new LinkedHashSet<>();
        tx.sql.rows(
                ENTER,
                row -> row.getInt(2) == WAITING && open.add(Sql.uuid(row, 1)),
                places.stream().map(Place::id).toArray(UUID[]::new),
                places.stream().map(Place::group).toArray(UUID[]::new),
                places.stream().map(each -> Sql.clean(each.queue)).toArray(String[]::new),
                places.stream().map(each -> Sql.clean(each.keys.name())).toArray(String[]::new),
                places.stream().map(each -> Sql.clean(each.keys.key())).toArray(String[]::new));
        open.forEach(group -> Outbox.look(tx, group));
    }

    /** Whether a job with a slot has it still behind a transition that may lead to READY. */
    static boolean keeps(Job job, Transition transition) {
        return job.marked(Marks.HOLDS)
                && switch (transition) {
                    case PROMOTE, RESCHEDULE, REPLACE -> true;
                    case RETRY -> job.marked(Marks.STRICT);
                    default -> false;
                };
    }

    /** Marks the job that has a new state, and is not saved yet, and writes its slot down as that state has it. */
    static void follow(Tx tx, Job job, Transition transition, JobState from) {
        Keys.Group group = Objects.requireNonNull(job.keys.group(), "a group");
        boolean held = job.marked(Marks.HOLDS);
        boolean waitsForRetry =
                held && job.marked(Marks.STRICT) && job.state == JobState.SCHEDULED && transition == Transition.RETRY;
        boolean holds = job.state == JobState.READY || job.state == JobState.RUNNING || waitsForRetry;
        boolean waits = job.state == JobState.BLOCKED && !job.marked(Marks.WAITS);
        job.mark(Marks.HOLDS, holds);
        String queue = tx.lanes().queue(job.lane);
        UUID id = GroupId.of(queue, group);
        boolean gone = from == JobState.BLOCKED && job.state.finished();
        if (waits || gone || (held && !holds)) {
            Outbox.look(tx, id);
        }
        if (job.state.finished()) {
            leave(tx, job.id);
        } else {
            tx.last(
                    PUT,
                    job.id,
                    id,
                    job.seq,
                    job.due,
                    job.priority,
                    stage(job),
                    Sql.clean(queue),
                    Sql.clean(group.name()),
                    Sql.clean(group.key()));
        }
    }

    private static int stage(Job job) {
        boolean holds = job.marked(Marks.HOLDS);
        return switch (job.state) {
            case BLOCKED -> job.marked(Marks.WAITS) ? BEHIND_PARENTS : WAITING;
            case SCHEDULED -> holds ? RETRYING : SCHEDULED;
            default -> HELD;
        };
    }

    /** The job is deleted, or has ended. */
    static void leave(Tx tx, UUID job) {
        tx.last("DELETE FROM @slot WHERE id = ?", job);
    }

    /** The job is deleted while it was unfinished. */
    static void deleted(Tx tx, Job job) {
        if (job.marked(Marks.HOLDS) || job.state == JobState.BLOCKED) {
            Outbox.look(
                    tx, GroupId.of(tx.lanes().queue(job.lane), Objects.requireNonNull(job.keys.group(), "a group")));
        }
        leave(tx, job.id);
    }
}
