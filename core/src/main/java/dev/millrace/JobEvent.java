package dev.millrace;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Something that happened to a job through one {@link Millrace}: see {@link JobListener}. */
public sealed interface JobEvent {

    /** The job. */
    Job job();

    /** When, by the clock of this process ({@link MillraceBuilder#clock}). */
    Instant at();

    /** Failures that the job has caused so far, the run at hand included; 0 before the first run. */
    int attempt();

    /** The job's id. */
    default UUID id() {
        return job().id();
    }

    /** The job's kind. */
    default String kind() {
        return job().kind();
    }

    /** The job's queue. */
    default String queue() {
        return job().queue();
    }

    /**
     * The job that it happened to.
     *
     * @param tags immutable
     * @param meta immutable
     */
    record Job(UUID id, String kind, String queue, Set<String> tags, Map<String, String> meta) {}

    /**
     * The run that it happened in.
     *
     * @param worker the worker's name
     * @param attempt the number of the attempt, from 1
     * @param waited how long the job had been due when its handler began, by the store's clock
     * @param ran how long the handler ran; zero when it has just begun or never did
     */
    record Run(String worker, int attempt, Duration waited, Duration ran) {}

    /** The store has taken the job: it is durable. Duplicates are not told. */
    record Enqueued(Job job, Instant at) implements JobEvent {
        @Override
        public int attempt() {
            return 0;
        }
    }

    /** Its handler begins. */
    record Started(Job job, Run run, Instant at) implements JobEvent {
        @Override
        public int attempt() {
            return run.attempt();
        }
    }

    /** Its handler returned, and the store has recorded it. */
    record Succeeded(Job job, Run run, Instant at) implements JobEvent {
        @Override
        public int attempt() {
            return run.attempt();
        }
    }

    /**
     * An attempt failed, and the store has recorded that there is to be another.
     *
     * @param delay until the next attempt may begin
     */
    record Retried(Job job, Run run, Instant at, Failure failure, Duration delay) implements JobEvent {
        @Override
        public int attempt() {
            return run.attempt();
        }
    }

    /** It failed for good, and the store has recorded it. */
    record Failed(Job job, Run run, Instant at, Failure failure) implements JobEvent {
        @Override
        public int attempt() {
            return run.attempt();
        }
    }

    /**
     * It was cancelled, and the store has recorded it.
     *
     * @param run the run that ended so; empty when it was not running
     */
    record Cancelled(Job job, Optional<Run> run, Instant at, CancelReason reason) implements JobEvent {
        @Override
        public int attempt() {
            return run.map(Run::attempt).orElse(0);
        }
    }
}
