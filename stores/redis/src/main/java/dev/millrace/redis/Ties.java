package dev.millrace.redis;

import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.Keys.Unique;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Transfer.Item;
import java.util.List;

/** What ties jobs to others, as the scripts take it: parents, workflow, group, and how long a unique key stays taken. */
final class Ties {
    /** The queue of the jobs that stand for workflows. */
    static final String WORKFLOWS = "millrace.workflows";

    private static final int HAS_PARENTS = 1;
    private static final int STRICT = 2;
    private static final int IS_HEAD = 4;
    private static final int IS_MEMBER = 8;

    private static final int REPLACES = 1;
    private static final int KEEPS_DUE = 2;
    private static final int TAKES_OVER = 4;

    private final Partitions partitions;

    Ties(Partitions partitions) {
        this.partitions = partitions;
    }

    /** Whether the job waits for others or belongs to a workflow. */
    static boolean waits(NewJob job) {
        return !job.parents().isEmpty() || job.spec().keys().member() != null;
    }

    static boolean isHead(JobSpec spec) {
        Keys.Member member = spec.keys().member();
        return member != null && member.workflow().equals(spec.id());
    }

    /** Whether it belongs to a workflow that another job stands for. */
    static boolean isMember(JobSpec spec) {
        return spec.keys().member() != null && !isHead(spec);
    }

    /** Whether anything ties a job to others that the scripts are to know of. */
    static boolean any(NewJob job) {
        return !job.parents().isEmpty() || hasFacts(job.spec(), false) || rule(job.spec()) != 0;
    }

    private static boolean hasFacts(JobSpec spec, boolean parents) {
        return parents || spec.keys().group() != null || spec.keys().member() != null || window(spec) != 0;
    }

    /** What becomes of a key that another holds. */
    static int rule(JobSpec spec) {
        Unique unique = spec.keys().unique();
        if (unique == null) {
            return 0;
        }
        int replaces = switch (unique.conflict()) {
            case SKIP -> 0;
            case REPLACE -> REPLACES;
            case KEEP_DUE -> REPLACES | KEEPS_DUE;
        };
        return replaces | (unique.scope() == Scope.WAITING ? TAKES_OVER : 0);
    }

    /** How long the job's unique key stays taken after its end, in microseconds; NEVER until it is deleted. */
    private static long window(JobSpec spec) {
        Unique unique = spec.keys().unique();
        if (unique == null) {
            return 0;
        }
        return unique.scope() == Scope.STORED ? Micros.NEVER : Specs.micros(unique.window());
    }

    /**
     * What is told of a new job, behind what is fixed of it (enqueue.lua).
     *
     * @param more jobs that are enqueued elsewhere by the same call, and that it is to wait for as well
     * @param absent what it means when a parent of its own partition is not there
     */
    byte[] of(NewJob job, List<Parent> more, Absence absent) {
        Pack out = new Pack(64)
                .u8(rule(job.spec()))
                .u8(absent == Absence.REFUSES ? 1 : 0)
                .u32(job.parents().size() + more.size());
        job.parents().forEach(parent -> parent(out, parent));
        more.forEach(parent -> parent(out, parent));
        boolean parents = !job.parents().isEmpty() || !more.isEmpty();
        return (hasFacts(job.spec(), parents) ? facts(out, job.spec(), parents) : out).bytes();
    }

    /** What a parent means that is not in its partition. */
    enum Absence {
        /** Nothing is stored. */
        REFUSES,
        /** It was there a moment ago, and is deleted. */
        IS_DELETION
    }

    private void parent(Pack out, Parent parent) {
        queue(
                out.id(parent.job())
                        .u16(partitions.ofQueue(parent.queue()).number())
                        .u8(Codes.of(parent.wish())),
                parent.queue());
    }

    private static void queue(Pack out, String queue) {
        byte[] text = Pack.utf8(queue);
        out.u16(text.length).raw(text);
    }

    /** What is told of an imported job (import.lua); nothing if nothing ties it to others. */
    byte[] of(JobSpec spec, List<Dependency> parents) {
        if (!hasFacts(spec, !parents.isEmpty())) {
            return new byte[0];
        }
        Pack out = new Pack(64).u32(parents.size());
        for (Dependency dependency : parents) {
            Parent parent = dependency.parent();
            out.id(parent.job())
                    .u16(partitions.ofQueue(parent.queue()).number())
                    .u8(Codes.of(parent.wish()))
                    .u8(Codes.orNone(dependency.verdict()));
            queue(out, parent.queue());
        }
        return facts(out, spec, !parents.isEmpty()).bytes();
    }

    /** What is kept of it (dependencies.lua, FACTS). */
    private Pack facts(Pack out, JobSpec spec, boolean parents) {
        Keys.Group group = spec.keys().group();
        Keys.Member member = spec.keys().member();
        int bits = (parents ? HAS_PARENTS : 0)
                | (group != null && group.strict() ? STRICT : 0)
                | (isHead(spec) ? IS_HEAD : 0)
                | (isMember(spec) ? IS_MEMBER : 0);
        out.u8(bits)
                .micros(window(spec))
                .u16(partitions.ofQueue(WORKFLOWS).number())
                .id(member == null ? Head.NOBODY : member.workflow());
        if (group != null) {
            queue(out, spec.queue());
            queue(out, group.name());
            out.raw(Pack.utf8(group.key()));
        }
        return out;
    }

    /** The name of a job's group, as scripts have it. */
    static byte[] group(String queue, Keys.Group group) {
        Pack out = new Pack(64);
        queue(out, queue);
        queue(out, group.name());
        return out.raw(Pack.utf8(group.key())).bytes();
    }

    /** Whether a job that comes from elsewhere waits, or waited, for others, or belongs to a workflow. */
    static boolean isTied(Item.Job item) {
        return !item.parents().isEmpty() || item.job().spec().keys().member() != null;
    }

    /** Whether a job that has ended may hold its key all the same. */
    static boolean holdsAfterEnd(JobSpec spec) {
        return window(spec) != 0;
    }
}
