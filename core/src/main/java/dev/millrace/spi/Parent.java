package dev.millrace.spi;

import java.util.UUID;

/**
 * A job that another is to wait for.
 *
 * @param job its id
 * @param queue its queue, which says in which partition it is
 * @param wish which end of it lets the other go on
 */
public record Parent(UUID job, String queue, Wish wish) {}
