package dev.millrace.sqlite;

import dev.millrace.JobState;
import dev.millrace.spi.Due;
import dev.millrace.spi.Keys;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the jobs of one call wait for. All of them are stored before any is tied, since a parent may come after its child; all are
 * tied before any is let through, since a parent may end by that.
 */
final class Ties {
    private final Tx tx;
    private final List<Tied> tied = new ArrayList<>();
    private final Map<UUID, Seen> parents = new HashMap<>();
    private final Set<UUID> heads = new HashSet<>();

    private record Tied(NewJob job, long seq) {}

    /** A parent, as it was found; the verdict is null while it has not ended. */
    private record Seen(@Nullable Verdict verdict) {}

    Ties(Tx tx) {
        this.tx = tx;
    }

    /** Whether a job waits for others or belongs to a workflow. */
    static boolean ties(NewJob job) {
        return !job.parents().isEmpty() || job.spec().keys().member() != null;
    }

    /** What a job that is tied has of marks, beyond what its spec says. */
    static int marksOf(NewJob job) {
        boolean parents = !job.parents().isEmpty();
        Keys.Member member = job.spec().keys().member();
        boolean head = member != null && member.workflow().equals(job.spec().id());
        return (parents ? Marks.PARENTS : 0)
                | (parents || head ? Marks.WAITS : 0)
                | (parents && job.due() instanceof Due.After ? Marks.RELATIVE : 0);
    }

    /** A job of the call is stored. */
    void add(NewJob job, long seq) throws SQLException {
        tied.add(new Tied(job, seq));
        if ((marksOf(job) & Marks.RELATIVE) != 0) {
            Dependencies.delay(tx, seq, Math.max(0, Spans.at(job.due(), tx.now()) - tx.now()));
        }
    }

    /** Ties them, and lets those through that wait for nothing. */
    void tie() throws SQLException {
        for (Tied each : tied) {
            join(each);
            UUID child = each.job.spec().id();
            int place = -each.job.parents().size();
            for (Parent parent : each.job.parents()) {
                Dependencies.add(tx, child, place++, parent, seen(child, parent.job()).verdict);
            }
        }
        for (Tied each : tied) {
            if ((marksOf(each.job) & Marks.WAITS) != 0) {
                Dependencies.judge(tx, Job.bySeq(tx, each.seq));
            }
        }
    }

    /** Makes a member one more that its workflow waits for. Members come behind all that the head waits for otherwise. */
    private void join(Tied each) throws SQLException {
        UUID id = each.job.spec().id();
        Keys.Member member = each.job.spec().keys().member();
        if (member == null || member.workflow().equals(id)) {
            return;
        }
        if (heads.add(member.workflow())) {
            Job head = Job.byId(tx, member.workflow());
            if (head == null) {
                throw new MissingParentException(id, member.workflow());
            }
            if (head.state.finished()) {
                Moves.runAgain(tx, head);
            }
        }
        Parent parent = new Parent(id, each.job.spec().queue(), Wish.END);
        Dependencies.join(tx, member.workflow(), each.seq, parent);
    }

    private Seen seen(UUID child, UUID parent) throws SQLException {
        Seen known = parents.get(parent);
        if (known != null) {
            return known;
        }
        Job job = Job.byId(tx, parent);
        if (job == null) {
            throw new MissingParentException(child, parent);
        }
        if (!job.marked(Marks.CHILDREN)) {
            job.marks |= Marks.CHILDREN;
            tx.sql.update("UPDATE millrace_job SET marks = ? WHERE seq = ?", job.marks, job.seq);
        }
        JobState state = job.state;
        Seen seen = new Seen(Dependencies.verdict(state, job.reason));
        parents.put(parent, seen);
        return seen;
    }
}
