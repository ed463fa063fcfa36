package dev.millrace.postgres;

import dev.millrace.spi.Due;
import dev.millrace.spi.Keys;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Verdict;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Ties new jobs to their parents, and to the heads of their workflows. Parents that come in the same call are marked as they are
 * stored; others are looked up ({@link ParentLook}). Where a parent's row is locked by another transaction, or the jobs are stored
 * in a transaction of the caller's, which may stay open, that look comes later, from the {@link Outbox}: until then the child
 * waits, whatever the parent does.
 */
final class Ties {
    /** How a member has ended that was deleted, and comes again, is forgotten. */
    private static final String ADD = """
            INSERT INTO @dependency AS d (child, parent, queue, wish)
            SELECT u.child, u.parent, u.queue, u.wish
            FROM unnest(?::uuid[], ?::uuid[], ?::text[], ?::int[]) WITH ORDINALITY AS u (child, parent, queue, wish, place)
            ORDER BY u.place ON CONFLICT (child, parent) DO UPDATE SET queue = EXCLUDED.queue, verdict = NULL, waits = true
            WHERE d.wish = MEMBER AND EXCLUDED.wish = MEMBER
            """.replace("MEMBER", Integer.toString(Codes.MEMBER));
    /** What a job waits for and has not heard of, and whose end it is that its workflow waits for. */
    private static final String UNTOLD = """
            SELECT child, parent, false FROM @dependency WHERE child = ANY (?) AND verdict IS NULL AND wish < 3
            UNION ALL
            SELECT parent, child, true FROM @dependency WHERE parent = ANY (?) AND verdict IS NULL AND wish = 3
            """;

    private Ties() {}

    /** When those that a job waits for are told of it. */
    enum Telling {
        /** In the transaction that stores it. */
        AT_ONCE,
        /** After it. */
        AFTER_COMMIT
    }

    /** The marks of new jobs, where others of the same call may wait for them. */
    static ToIntFunction<NewJob> marks(List<NewJob> jobs) {
        Set<UUID> parents = new HashSet<>();
        jobs.forEach(job -> job.parents().forEach(parent -> parents.add(parent.job())));
        return job -> Marks.of(job) | (parents.contains(job.spec().id()) ? Marks.DEPENDENTS : 0);
    }

    /** How long after its parents are done a job is due, in microseconds; null where it has none, or its due time is fixed. */
    static @Nullable Long delay(NewJob job) {
        return !job.parents().isEmpty() && job.due() instanceof Due.After
                ? (Long) Math.max(0, Inserts.after(job.due()))
                : null;
    }

    /** What one that is not new is to a new job. */
    enum Relation {
        /** The new one waits for it; it may stand for a workflow. */
        PARENT,
        /** It stands for the new one's workflow, and waits for it. */
        HEAD
    }

    /** A new job, and one that is not. */
    record Tie(UUID job, UUID other, Relation relation) {}

    /** Ties jobs that were just stored. */
    static void tie(Tx tx, List<NewJob> added, Telling telling) throws SQLException {
        Set<UUID> stored = new HashSet<>();
        added.forEach(job -> stored.add(job.spec().id()));
        List<Tie> abroad = new ArrayList<>();
        Set<UUID> heads = new LinkedHashSet<>();
        add(tx, added);
        for (NewJob job : added) {
            UUID id = job.spec().id();
            for (Parent parent : job.parents()) {
                if (!stored.contains(parent.job())) {
                    abroad.add(new Tie(id, parent.job(), Relation.PARENT));
                }
            }
            Keys.Member member = job.spec().keys().member();
            if (member != null && member.workflow().equals(id)) {
                heads.add(id);
            } else if (member != null && !stored.contains(member.workflow())) {
                abroad.add(new Tie(id, member.workflow(), Relation.HEAD));
            }
        }
        heads.addAll(telling == Telling.AT_ONCE ? meet(tx, abroad) : leave(tx, abroad));
        if (!heads.isEmpty()) {
            Judgements.judge(tx, Job.waiting(tx, heads));
        }
    }

    private static void add(Tx tx, List<NewJob> jobs) throws SQLException {
        record Pair(UUID child, UUID parent) {}
        List<UUID> children = new ArrayList<>();
        List<UUID> parents = new ArrayList<>();
        List<String> queues = new ArrayList<>();
        List<Integer> wishes = new ArrayList<>();
        Set<Pair> once = new HashSet<>();
        for (NewJob job : jobs) {
            UUID id = job.spec().id();
            for (Parent parent : job.parents()) {
                if (once.add(new Pair(id, parent.job()))) {
                    children.add(id);
                    parents.add(parent.job());
                    queues.add(Sql.clean(parent.queue()));
                    wishes.add(Codes.of(parent.wish()));
                }
            }
            Keys.Member member = job.spec().keys().member();
            if (member != null && !member.workflow().equals(id) && once.add(new Pair(member.workflow(), id))) {
                children.add(member.workflow());
                parents.add(id);
                queues.add(Sql.clean(job.spec().queue()));
                wishes.add(Codes.MEMBER);
            }
        }
        if (!children.isEmpty()) {
            tx.sql.update(
                    ADD,
                    children.toArray(UUID[]::new),
                    parents.toArray(UUID[]::new),
                    queues.toArray(String[]::new),
                    wishes.toArray(Integer[]::new));
        }
    }

    /** Looks the others up; says which of the jobs are to be judged. */
    private static Set<UUID> meet(Tx tx, List<Tie> ties) throws SQLException {
        if (ties.isEmpty()) {
            return Set.of();
        }
        ParentLook look = ParentLook.at(tx, others(ties));
        refuse(ties, look.missing());
        for (Tie tie : ties) {
            if (look.left().contains(tie.other)) {
                Outbox.register(tx, tie.job);
            }
        }
        return tell(tx, ties, look);
    }

    /** Leaves it to the outbox; a parent that does not exist is refused all the same. */
    private static Set<UUID> leave(Tx tx, List<Tie> ties) throws SQLException {
        if (!ties.isEmpty()) {
            refuse(ties, ParentLook.missing(tx, others(ties)));
            ties.stream().map(Tie::job).distinct().forEach(job -> Outbox.register(tx, job));
        }
        return Set.of();
    }

    private static Set<UUID> others(List<Tie> ties) {
        Set<UUID> others = new LinkedHashSet<>();
        ties.forEach(tie -> others.add(tie.other));
        return others;
    }

    private static void refuse(List<Tie> ties, Set<UUID> missing) {
        for (Tie tie : ties) {
            if (missing.contains(tie.other)) {
                throw new MissingParentException(tie.job, tie.other);
            }
        }
    }

    /** Gives the verdicts of parents that have ended to those that came, and opens heads that had ended. */
    private static Set<UUID> tell(Tx tx, List<Tie> ties, ParentLook look) throws SQLException {
        List<Judgements.Told> told = new ArrayList<>();
        Set<UUID> heads = new LinkedHashSet<>();
        for (Tie tie : ties) {
            Verdict verdict = look.ended().get(tie.other);
            if (verdict != null && tie.relation == Relation.PARENT) {
                told.add(new Judgements.Told(tie.job, tie.other, verdict));
            } else if (verdict != null && look.heads().contains(tie.other)) {
                heads.add(tie.other);
            }
        }
        Judgements.write(tx, told);
        if (!heads.isEmpty()) {
            open(tx, Job.finished(tx, heads));
        }
        Set<UUID> judged = new LinkedHashSet<>();
        told.forEach(each -> judged.add(each.child()));
        return judged;
    }

    /** Heads that had ended go on when a member has come; who has waited for one is told. */
    private static void open(Tx tx, List<Job> heads) throws SQLException {
        RunningAgain.markWaitedFor(tx, heads);
        for (Job head : heads) {
            if (tx.sql.exists("SELECT 1 FROM @dependency WHERE child = ? AND waits LIMIT 1", head.id)) {
                head.mark(Marks.WAITS, true);
                Moves.runAgain(tx, head);
            }
        }
    }

    /** Does what was left to the outbox, for these jobs; says which of them are to be looked at again. */
    static Set<UUID> register(Tx tx, Collection<UUID> jobs) throws SQLException {
        UUID[] ids = Job.sorted(jobs);
        List<Tie> ties = tx.sql.rows(
                UNTOLD,
                row -> new Tie(Sql.uuid(row, 1), Sql.uuid(row, 2), row.getBoolean(3) ? Relation.HEAD : Relation.PARENT),
                ids,
                (Object) ids);
        ParentLook look = ParentLook.at(tx, others(ties));
        look.ended().putAll(ParentLook.gone(tx, look.missing()));
        Set<UUID> judged = tell(tx, ties, look);
        tx.flush();
        Judgements.judge(tx, Job.waiting(tx, judged));
        Set<UUID> left = new HashSet<>();
        ties.stream().filter(tie -> look.left().contains(tie.other)).forEach(tie -> left.add(tie.job));
        return left;
    }
}
