package dev.millrace;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A workflow as it stood when the store was asked, without its jobs.
 *
 * @param id of the workflow
 * @param name of the workflow
 * @param state where it stands
 * @param counts how many of its jobs have ended, and how
 * @param submittedAt when it was submitted, by the store's clock
 * @param endedAt when it ended, by the store's clock; empty while it runs
 */
public record WorkflowInfo(
        UUID id, String name, WorkflowState state, EndCounts counts, Instant submittedAt, Optional<Instant> endedAt) {}
