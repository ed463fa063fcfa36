package dev.millrace.nats;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunEnd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job's entry in the journal. What a job need not have is announced by a flag. */
final class JobEntry {
    static final int SORT = 1;

    private static final JobState[] STATES = JobState.values();
    private static final CancelReason[] REASONS = CancelReason.values();
    private static final RunEnd[] ENDS = RunEnd.values();
    private static final Gate[] GATES = Gate.values();
    private static final byte[] NO_BYTES = {};

    /** Tags, the unique key, and the group with its limit, as layout 1 had them. Read, and written no more. */
    private static final int HAS_LABELS_1 = 1;

    private static final int HAS_KEEP_FOR = 2;
    private static final int HAS_SESSION = 4;
    private static final int CANCEL_REQUESTED = 8;
    private static final int FAILED = 16;
    private static final int STEPPED = 32;
    private static final int PROGRESSED = 64;
    private static final int HAS_TRAIL = 128;
    private static final int HAS_TAGS = 256;
    private static final int HAS_KEYS = 512;
    private static final int HAS_FLOW = 1_024;

    private static final int HOLDS_SLOT = 1;
    private static final int KEY_PASSED_ON = 2;
    private static final int HAS_DELAY = 4;

    private JobEntry() {}

    static void write(Out out, Job job) {
        JobSpec spec = job.spec;
        Session holder = job.session;
        Duration keepFor = spec.keepFor();
        int flags = (spec.labels().tags().isEmpty() ? 0 : HAS_TAGS)
                | (spec.keys().equals(Keys.NONE) ? 0 : HAS_KEYS)
                | (hasFlow(job) ? HAS_FLOW : 0)
                | (keepFor == null ? 0 : HAS_KEEP_FOR)
                | (holder == null ? 0 : HAS_SESSION)
                | (job.cancelRequested ? CANCEL_REQUESTED : 0)
                | (job.failed ? FAILED : 0)
                | (job.stepped ? STEPPED : 0)
                | (job.progressed ? PROGRESSED : 0)
                | (job.trail.isEmpty() && job.ends.length == 0 ? 0 : HAS_TRAIL);
        out.one(SORT)
                .uuid(spec.id())
                .number(flags)
                .text(spec.queue())
                .text(spec.kind())
                .number(spec.priority());
        if ((flags & HAS_TAGS) != 0) {
            out.number(spec.labels().tags().size());
            spec.labels().tags().stream().sorted().forEach(out::text);
        }
        if ((flags & HAS_KEYS) != 0) {
            out.text(spec.keys().encode());
        }
        if (keepFor != null) {
            out.number(keepFor.getSeconds()).number(keepFor.getNano());
        }
        Ref.write(out, job.body);
        out.number(job.arrival).number(job.createdAt).number(job.priority);
        state(out, job);
        time(out, job.dueAt, job.createdAt);
        time(out, job.expiresAt, job.createdAt);
        out.number(job.token).number(job.attempt).number(job.snoozes).number(job.rescues);
        if (holder != null) {
            out.uuid(holder.id).number(job.exchange);
        }
        time(out, job.startedAt, job.createdAt);
        time(out, job.finishedAt, job.createdAt);
        time(out, job.keepUntil, job.createdAt);
        Ref.write(out, job.result);
        out.textOrNull(job.worker);
        if ((flags & HAS_TRAIL) != 0) {
            out.number(job.trail.size());
            job.trail.forEach(trace -> Ref.write(out, trace));
            out.number(job.ends.length);
            for (long end : job.ends) {
                out.number(end);
            }
        }
        if ((flags & HAS_FLOW) != 0) {
            flow(out, job);
        }
    }

    private static boolean hasFlow(Job job) {
        return job.gate != null || job.holdsSlot || job.keyPassedOn || job.delay != Micros.NEVER;
    }

    @SuppressWarnings("EnumOrdinal") // gates are only ever added behind the others
    private static void flow(Out out, Job job) {
        out.one(job.gate == null ? -1 : job.gate.ordinal());
        out.one((job.holdsSlot ? HOLDS_SLOT : 0)
                | (job.keyPassedOn ? KEY_PASSED_ON : 0)
                | (job.delay == Micros.NEVER ? 0 : HAS_DELAY));
        if (job.delay != Micros.NEVER) {
            out.number(job.delay);
        }
    }

    @SuppressWarnings("EnumOrdinal") // constants are only ever added behind the others
    private static void state(Out out, Job job) {
        out.one(job.state.ordinal());
        out.one(job.cancelReason == null ? -1 : job.cancelReason.ordinal());
        out.one(job.lastEnd == null ? -1 : job.lastEnd.ordinal());
    }

    /** Reads a job into no index. Its session is known by its id alone until {@link Ledger#loaded}. */
    static Job read(In in, Ledger ledger) {
        UUID id = in.uuid();
        int flags = in.small();
        String queue = in.text();
        String kind = in.text();
        int specPriority = in.small();
        Labels labels = Labels.NONE;
        Keys keys = Keys.NONE;
        if ((flags & (HAS_TAGS | HAS_LABELS_1)) != 0) {
            labels = readTags(in);
        }
        if ((flags & HAS_LABELS_1) != 0) {
            keys = readKeys1(in);
        } else if ((flags & HAS_KEYS) != 0) {
            keys = Keys.decode(in.text());
        }
        Duration keepFor = (flags & HAS_KEEP_FOR) != 0 ? Duration.ofSeconds(in.number(), in.number()) : null;
        Lane lane = ledger.lanes().of(queue, kind);
        JobSpec spec = new JobSpec(id, lane.kind, lane.queue, specPriority, NO_BYTES, "", labels, keys, keepFor);
        Ref body = Objects.requireNonNull(Ref.read(in));
        Job job = new Job(spec, lane, in.number(), body);
        job.createdAt = in.number();
        job.priority = in.small();
        job.state = STATES[in.one()];
        job.cancelReason = pick(REASONS, in.one());
        job.lastEnd = pick(ENDS, in.one());
        job.dueAt = time(in, job.createdAt);
        job.expiresAt = time(in, job.createdAt);
        job.token = in.number();
        job.attempt = in.small();
        job.snoozes = in.small();
        job.rescues = in.small();
        if ((flags & HAS_SESSION) != 0) {
            job.session = new Session(in.uuid(), "", "", 0);
            job.exchange = in.number();
        }
        job.startedAt = time(in, job.createdAt);
        job.finishedAt = time(in, job.createdAt);
        job.keepUntil = time(in, job.createdAt);
        job.result = Ref.read(in);
        job.worker = in.textOrNull();
        job.cancelRequested = (flags & CANCEL_REQUESTED) != 0;
        job.failed = (flags & FAILED) != 0;
        job.stepped = (flags & STEPPED) != 0;
        job.progressed = (flags & PROGRESSED) != 0;
        if ((flags & HAS_TRAIL) != 0) {
            readTrail(in, job);
        }
        if ((flags & HAS_FLOW) != 0) {
            job.gate = pick(GATES, in.one());
            int marks = in.one();
            job.holdsSlot = (marks & HOLDS_SLOT) != 0;
            job.keyPassedOn = (marks & KEY_PASSED_ON) != 0;
            job.delay = (marks & HAS_DELAY) != 0 ? in.number() : Micros.NEVER;
        }
        return job;
    }

    private static Labels readTags(In in) {
        Set<String> tags = new LinkedHashSet<>();
        for (int left = in.small(); left > 0; left--) {
            tags.add(in.text());
        }
        return new Labels(tags, Map.of());
    }

    /** Layout 1 knew one way of being unique, and of groups only those whose jobs run one at a time. */
    private static Keys readKeys1(In in) {
        String unique = in.textOrNull();
        String group = in.textOrNull();
        in.small();
        return new Keys(
                unique == null ? null : Keys.Unique.of(unique), group == null ? null : Keys.Group.serial(group), null);
    }

    private static void readTrail(In in, Job job) {
        List<Ref> trail = new ArrayList<>();
        for (int left = in.small(); left > 0; left--) {
            trail.add(Objects.requireNonNull(Ref.read(in)));
        }
        job.trail = trail;
        long[] ends = new long[in.small()];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = in.number();
        }
        job.ends = ends;
    }

    /** A time as its distance from another, which is short; no time is one byte. */
    private static void time(Out out, long micros, long from) {
        out.flag(micros != Micros.NEVER);
        if (micros != Micros.NEVER) {
            out.number(micros - from);
        }
    }

    private static long time(In in, long from) {
        return in.flag() ? from + in.number() : Micros.NEVER;
    }

    private static <E> @Nullable E pick(E[] constants, int index) {
        return index < 0 ? null : constants[index];
    }
}
