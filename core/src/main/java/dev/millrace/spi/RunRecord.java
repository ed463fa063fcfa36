package dev.millrace.spi;

import dev.millrace.Failure;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A record of one run; its token names it, so numbers never repeat and gaps show that older ones were dropped.
 *
 * @param token the lease token
 * @param attempt the number of the attempt
 * @param worker the name of the worker that ran it
 * @param startedAt when the handler started; for a rescued run, when it was claimed
 * @param endedAt when it ended
 * @param end how
 * @param failure what went wrong; null when nothing did
 */
public record RunRecord(
        long token,
        int attempt,
        String worker,
        Instant startedAt,
        Instant endedAt,
        RunEnd end,
        @Nullable Failure failure) {}
