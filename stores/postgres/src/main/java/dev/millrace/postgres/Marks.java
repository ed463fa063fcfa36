package dev.millrace.postgres;

import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Wish;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Bits of a job's {@code marks}: what is not plain about it. A plain job has none, so its way costs no look into the tables
 * beside the job's own. Part of the layout: never renumbered.
 */
final class Marks {
    /** Its cancellation was asked for while it was RUNNING. */
    static final int CANCEL = 1;
    /** Its payload is in the payload table. */
    static final int PAYLOAD = 2;
    /** It has a row in the spec table: labels or keys. */
    static final int SPEC = 4;
    /** It has a unique key, which it holds while it is unfinished. */
    static final int KEY = 8;
    /** It has rows in the tag table. */
    static final int TAGS = 16;
    /** It may have rows in the step table. */
    static final int STEPS = 32;
    /** It has rows in the log table. */
    static final int LOG = 64;
    /** It has a row in the progress table. */
    static final int PROGRESS = 128;
    /** It has rows in the run table. */
    static final int RUNS = 256;
    /** It has a group, and a row in the slot table while it is unfinished. */
    static final int GROUP = 1 << 9;
    /** It has parents, or stands for a workflow: rows in the dependency table with it as the child. */
    static final int PARENTS = 1 << 10;
    /** Others may wait for it, so its end is written into the outbox. */
    static final int DEPENDENTS = 1 << 11;
    /** It belongs to a workflow. */
    static final int MEMBER = 1 << 12;
    /** It stands for a workflow. */
    static final int HEAD = 1 << 13;
    /** It is BLOCKED by parents. One that is BLOCKED without this waits for its group. */
    static final int WAITS = 1 << 14;
    /** It keeps its slot while it waits for a retry. */
    static final int STRICT = 1 << 15;
    /** It holds a slot of its group. */
    static final int HOLDS = 1 << 16;
    /** Its unique key stays taken for a while after its end, or until it is deleted. */
    static final int WINDOW = 1 << 17;
    /** It has ended, and its unique key is its own until its time has come. */
    static final int KEPT = 1 << 18;
    /** It has parents with the wish FAILURE. */
    static final int FAILURES = 1 << 19;

    /** What takes a job behind a gate as it comes in. */
    static final int GATED = GROUP | WAITS;
    /** What has to do with other jobs when it ends. */
    static final int TIED = KEY | GROUP | DEPENDENTS | MEMBER | HEAD;

    /** What a job must not have to be settled as succeeded by the fast statement. */
    static final int SLOW_TO_SUCCEED = CANCEL | STEPS | TIED;
    /**
     * What leaves rows in other tables when its own row is deleted. The first layout's indexes have this number in their
     * predicates, so it stays: what came later has a row in the spec table as well.
     */
    static final int ASIDE = PAYLOAD | SPEC | TAGS | STEPS | LOG | PROGRESS | RUNS;

    private Marks() {}

    /** What is not plain about a job by itself, as it comes in. */
    static int of(JobSpec spec) {
        Labels labels = spec.labels();
        Keys keys = spec.keys();
        return (spec.payload().length > Enqueues.INLINE_PAYLOAD ? PAYLOAD : 0)
                | (labels.isEmpty() && keys.equals(Keys.NONE) ? 0 : SPEC)
                | (labels.tags().isEmpty() ? 0 : TAGS)
                | ofUnique(keys.unique())
                | ofGroup(keys.group())
                | ofMember(keys.member(), spec.id());
    }

    private static int ofUnique(Keys.@Nullable Unique unique) {
        if (unique == null) {
            return 0;
        }
        return KEY | (unique.scope() == Keys.Scope.STORED || !unique.window().isZero() ? WINDOW : 0);
    }

    private static int ofGroup(Keys.@Nullable Group group) {
        return group == null ? 0 : GROUP | (group.strict() ? STRICT : 0);
    }

    private static int ofMember(Keys.@Nullable Member member, UUID id) {
        if (member == null) {
            return 0;
        }
        return member.workflow().equals(id) ? HEAD | PARENTS : MEMBER | DEPENDENTS;
    }

    /** The same with what a new job has to do with others. */
    static int of(NewJob job) {
        boolean hopes = job.parents().stream().anyMatch(parent -> parent.wish() == Wish.FAILURE);
        int own = of(job.spec());
        return own
                | (job.parents().isEmpty() ? 0 : PARENTS | SPEC)
                | (job.parents().isEmpty() && (own & HEAD) == 0 ? 0 : WAITS)
                | (hopes ? FAILURES : 0);
    }
}
