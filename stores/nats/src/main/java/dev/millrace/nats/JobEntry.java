package dev.millrace.nats;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
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

/** A job's entry in the journal. New fields go to the end, and are read only where there are bytes left. */
final class JobEntry {
    static final int SORT = 1;

    private static final JobState[] STATES = JobState.values();
    private static final CancelReason[] REASONS = CancelReason.values();
    private static final RunEnd[] ENDS = RunEnd.values();
    private static final byte[] NO_BYTES = {};

    private static final int HAS_LABELS = 1;
    private static final int HAS_KEEP_FOR = 2;
    private static final int HAS_SESSION = 4;
    private static final int CANCEL_REQUESTED = 8;
    private static final int FAILED = 16;
    private static final int STEPPED = 32;
    private static final int PROGRESSED = 64;
    private static final int HAS_TRAIL = 128;

    private JobEntry() {}

    static void write(Out out, Job job) {
        JobSpec spec = job.spec;
        Session holder = job.session;
        Duration keepFor = spec.keepFor();
        boolean labelled = !spec.labels().tags().isEmpty() || !spec.keys().equals(Keys.NONE);
        int flags = (labelled ? HAS_LABELS : 0)
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
        if (labelled) {
            out.number(spec.labels().tags().size());
            spec.labels().tags().stream().sorted().forEach(out::text);
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
        if ((flags & HAS_LABELS) != 0) {
            Set<String> tags = new LinkedHashSet<>();
            for (int left = in.small(); left > 0; left--) {
                tags.add(in.text());
            }
            labels = new Labels(tags, Map.of());
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
        return job;
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
