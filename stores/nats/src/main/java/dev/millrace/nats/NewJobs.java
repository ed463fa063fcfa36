package dev.millrace.nats;

import dev.millrace.JobState;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Labels;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store.Signal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Takes in what producers enqueue. Touched on the leader's thread only. */
final class NewJobs {
    private static final byte[] NO_BYTES = {};

    private final Ledger ledger;
    private final Changes changes;

    NewJobs(Ledger ledger, Changes changes) {
        this.ledger = ledger;
        this.changes = changes;
    }

    /** Takes them in, all or none. */
    List<Answer> enqueue(List<NewJob> jobs, long micros, EnumSet<Signal> signals) {
        Instant now = Micros.instant(micros);
        // All times are worked out before anything is stored: one that cannot be fails the whole call.
        long[] dueAt = jobs.stream()
                .mapToLong(job -> Micros.of(job.due().resolve(now)))
                .toArray();
        long[] expiresAt = jobs.stream()
                .mapToLong(job -> job.expiry() == null
                        ? Micros.NEVER
                        : Micros.of(job.expiry().resolve(now)))
                .toArray();
        List<Answer> answers = new ArrayList<>(jobs.size());
        for (NewJob job : jobs) {
            int index = answers.size();
            answers.add(enqueue(job.spec(), dueAt[index], expiresAt[index], micros, signals));
        }
        return answers;
    }

    private Answer enqueue(JobSpec spec, long dueAt, long expiresAt, long micros, EnumSet<Signal> signals) {
        UUID id = spec.id();
        if (ledger.wasDeleted(id, micros) || ledger.find(id) != null) {
            return new Answer.Known(id);
        }
        String key = spec.keys().uniqueKey();
        Job holder = key == null ? null : ledger.keyHolder(spec.kind(), key);
        if (holder != null) {
            return new Answer.Duplicate(holder.id());
        }
        Job job = ledger.create(stripped(spec), changes.put(Body.of(spec)));
        job.createdAt = micros;
        job.dueAt = dueAt;
        job.expiresAt = expiresAt;
        job.state = dueAt > micros ? JobState.SCHEDULED : JobState.READY;
        ledger.enter(job);
        // A SCHEDULED job wakes workers too: it may be due before what they wait for.
        signals.add(Signal.READY);
        return new Answer.Stored(id);
    }

    /** Without what {@link Body} holds. */
    static JobSpec stripped(JobSpec spec) {
        Labels labels = spec.labels().tags().isEmpty()
                ? Labels.NONE
                : new Labels(spec.labels().tags(), Map.of());
        return new JobSpec(
                spec.id(),
                spec.kind(),
                spec.queue(),
                spec.priority(),
                NO_BYTES,
                "",
                labels,
                spec.keys(),
                spec.keepFor());
    }
}
