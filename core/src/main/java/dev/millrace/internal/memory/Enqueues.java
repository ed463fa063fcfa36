package dev.millrace.internal.memory;

import dev.millrace.JobState;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.Micros;
import dev.millrace.spi.NewJob;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** How jobs come in. */
final class Enqueues {
    private final Ledger ledger;

    Enqueues(Ledger ledger) {
        this.ledger = ledger;
    }

    List<Answer> enqueue(List<NewJob> jobs, Instant now) {
        long micros = Micros.of(now);
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
            answers.add(enqueue(job, dueAt[index], expiresAt[index], micros));
        }
        return answers;
    }

    private Answer enqueue(NewJob newJob, long dueAt, long expiresAt, long micros) {
        UUID id = newJob.spec().id();
        if (ledger.wasDeleted(id, micros)) {
            return new Answer.Known(id);
        }
        String key = newJob.spec().keys().uniqueKey();
        Job holder = key == null ? null : ledger.keyHolder(newJob.spec().kind(), key);
        if (holder != null) {
            return ledger.find(id) != null ? new Answer.Known(id) : new Answer.Duplicate(holder.spec.id());
        }
        Job job = ledger.create(newJob.spec());
        job.createdAt = micros;
        job.dueAt = dueAt;
        job.expiresAt = expiresAt;
        job.state = job.dueAt > micros ? JobState.SCHEDULED : JobState.READY;
        return ledger.enter(job) ? new Answer.Stored(id) : new Answer.Known(id);
    }
}
