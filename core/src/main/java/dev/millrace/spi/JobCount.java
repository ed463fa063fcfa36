package dev.millrace.spi;

import dev.millrace.JobState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How many jobs of a queue and kind are in a state.
 *
 * @param oldest for READY, when the one that has waited longest became due; null for other states or where none waits
 */
public record JobCount(
        String queue,
        String kind,
        JobState state,
        long count,
        @Nullable Instant oldest) {}
