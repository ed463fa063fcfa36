package dev.millrace.spi;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A session, as the store knows it.
 *
 * @param id the session
 * @param worker the worker's name
 * @param status what the worker last told of itself (JSON)
 * @param openedAt when it was opened
 * @param heardAt when it was last heard of
 * @param closedAt when it was closed; null while it is open
 * @param claims how many jobs it holds
 */
public record SessionRecord(
        UUID id,
        String worker,
        String status,
        Instant openedAt,
        Instant heardAt,
        @Nullable Instant closedAt,
        int claims) {}
