package dev.millrace.spi;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A job given to a session.
 *
 * @param spec what the producer said
 * @param token the lease token of this run
 * @param history what its earlier runs left
 * @param times when it came and must start
 * @param steps results of the {@code once} steps that earlier runs finished, by name
 */
public record ClaimedJob(JobSpec spec, long token, History history, Times times, Map<String, byte[]> steps) {
    /** This run. */
    public RunRef run() {
        return new RunRef(spec.id(), spec.queue(), token);
    }

    /**
     * What earlier runs left.
     *
     * @param attempt the number of this attempt, from 1: failures so far and this one
     * @param snoozes how often it was snoozed
     * @param rescues how often it was taken back from a dead worker; a job with one or more is struck
     */
    public record History(int attempt, int snoozes, int rescues) {
        /** Whether a worker died under it: it is then started at once, alone among its like. */
        public boolean struck() {
            return rescues > 0;
        }
    }

    /**
     * When it came and must start.
     *
     * @param createdAt when it was stored
     * @param dueAt when it might run at the earliest
     * @param expiresAt from when on it is not to be started; null for never
     */
    public record Times(
            Instant createdAt, Instant dueAt, @Nullable Instant expiresAt) {}
}
