package dev.millrace.nats;

import dev.millrace.Progress;
import dev.millrace.StoreException;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Labels;
import dev.millrace.spi.Micros;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.RunRef;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job as it was at one moment, taken on the leader's thread; the bytes that belong to it are read afterwards, on any thread.
 */
final class Shown {
    private final JobRecord plain;
    private final ClaimedJob.History history;
    private final Ref body;
    private final @Nullable Ref result;
    private final List<Ref> trail;
    private final boolean stepped;
    private final boolean telling;
    private final @Nullable RunRecord success;

    Shown(Job job) {
        Session holder = job.session;
        JobSpec spec = job.priority == job.spec.priority() ? job.spec : job.spec.withPriority(job.priority);
        UUID session = holder == null ? null : holder.id;
        plain = new JobRecord(
                spec,
                job.state,
                job.gate,
                job.cancelReason,
                new JobRecord.Run(
                        job.token, job.attempt, job.snoozes, job.rescues, session, job.cancelRequested, Progress.NONE),
                new JobRecord.Times(
                        Micros.instant(job.createdAt),
                        Micros.instant(job.dueAt),
                        Micros.orNull(job.expiresAt),
                        Micros.orNull(job.startedAt),
                        Micros.orNull(job.finishedAt),
                        Micros.orNull(job.keepUntil),
                        job.delay == Micros.NEVER ? null : Duration.of(job.delay, ChronoUnit.MICROS)),
                null,
                null);
        history = job.history();
        body = job.body;
        result = job.result;
        trail = job.trail;
        stepped = job.stepped;
        telling = job.failed || job.progressed;
        success = Operations.success(job);
    }

    /** What must be read for {@link #record}. */
    void needs(Collection<Ref> refs) {
        refs.add(body);
        if (result != null) {
            refs.add(result);
        }
        if (telling) {
            refs.addAll(trail);
        }
    }

    /** What must be read for {@link #trail}. */
    void needsTrail(Collection<Ref> refs) {
        refs.addAll(trail);
    }

    /** What must be read for {@link #claimed}. */
    void needsClaimed(Collection<Ref> refs) {
        refs.add(body);
        if (stepped) {
            refs.addAll(trail);
        }
    }

    JobRecord record(Map<Ref, byte[]> bytes) {
        Trail left = telling ? fold(bytes) : new Trail();
        JobRecord.Run run = plain.run();
        return new JobRecord(
                spec(bytes),
                plain.state(),
                plain.gate(),
                plain.cancelReason(),
                new JobRecord.Run(
                        run.token(),
                        run.attempt(),
                        run.snoozes(),
                        run.rescues(),
                        run.session(),
                        run.cancelRequested(),
                        left.progress()),
                plain.times(),
                result == null ? null : bytes.get(result),
                left.failure());
    }

    JobTrail trail(Map<Ref, byte[]> bytes) {
        JobTrail kept = fold(bytes).shown();
        if (success == null) {
            return kept;
        }
        List<RunRecord> runs = new ArrayList<>(kept.runs());
        if (runs.size() == JobTrail.MAX_RUNS) {
            runs.remove(0);
        }
        runs.add(success);
        return new JobTrail(runs, kept.log(), kept.steps());
    }

    /** @throws StoreException if its bytes are not there, or not readable */
    ClaimedJob claimed(Map<Ref, byte[]> bytes) {
        if (stepped && !bytes.keySet().containsAll(trail)) {
            throw new StoreException("what its earlier runs left is not in the stream any more");
        }
        byte[] there = bytes.get(body);
        if (there == null) {
            throw new StoreException("its payload is not in the stream any more");
        }
        return new ClaimedJob(
                spec(Body.read(there)),
                plain.run().token(),
                history,
                new ClaimedJob.Times(
                        plain.times().createdAt(),
                        plain.times().dueAt(),
                        plain.times().expiresAt()),
                stepped ? fold(bytes).steps() : Map.of());
    }

    /** The run that it is claimed for. */
    RunRef run() {
        return new RunRef(plain.id(), plain.spec().queue(), plain.run().token());
    }

    /** Whether bytes that it is claimed with have been written elsewhere since. */
    boolean movedIn(Job job) {
        return !job.body.equals(body) || (stepped && !begins(job.trail, trail));
    }

    private static boolean begins(List<Ref> longer, List<Ref> beginning) {
        return longer.size() >= beginning.size()
                && longer.subList(0, beginning.size()).equals(beginning);
    }

    /** As far as it can be read. */
    private JobSpec spec(Map<Ref, byte[]> bytes) {
        byte[] there = bytes.get(body);
        return spec(there == null ? new Body("", Map.of(), new byte[0]) : Body.read(there));
    }

    private JobSpec spec(Body rest) {
        JobSpec spec = plain.spec();
        Labels labels =
                rest.meta().isEmpty() ? spec.labels() : new Labels(spec.labels().tags(), rest.meta());
        return new JobSpec(
                spec.id(),
                spec.kind(),
                spec.queue(),
                spec.priority(),
                rest.payload(),
                rest.options(),
                labels,
                spec.keys(),
                spec.keepFor());
    }

    private Trail fold(Map<Ref, byte[]> bytes) {
        return fold(trail, bytes);
    }

    static Trail fold(List<Ref> trail, Map<Ref, byte[]> bytes) {
        Trail left = new Trail();
        for (Ref trace : trail) {
            byte[] there = bytes.get(trace);
            if (there != null) {
                left.add(Wire.fromBytes(Trace.class, there));
            }
        }
        return left;
    }
}
