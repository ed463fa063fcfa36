package dev.millrace.spi;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One page of jobs.
 *
 * @param jobs newest id first
 * @param next where to go on; null at the end. A page may hold fewer jobs than asked for, even none, and still have a next:
 *     a store looks at a bounded number of jobs per page
 */
public record JobPage(List<JobRecord> jobs, @Nullable UUID next) {}
