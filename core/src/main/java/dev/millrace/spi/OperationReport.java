package dev.millrace.spi;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an operation did in one batch.
 *
 * @param done jobs it was done to
 * @param requested RUNNING jobs whose cancellation is asked for, and will be when their run ends
 * @param refused jobs that the filter found but the operation did not fit, each with the reason
 * @param next where to go on; null at the end
 */
public record OperationReport(
        List<UUID> done,
        List<UUID> requested,
        Map<UUID, String> refused,
        @Nullable UUID next) {}
