package dev.millrace.spi;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * That one job waits, or waited, for another. Lives as long as the child.
 *
 * @param child the job that waits
 * @param parent what it waits for
 * @param verdict how the parent ended; null while it has not
 */
public record Dependency(
        UUID child, Parent parent, @Nullable Verdict verdict) {}
