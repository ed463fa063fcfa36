/**
 * The PostgreSQL store. {@link dev.millrace.postgres.PostgresStore} hands each call on; {@link dev.millrace.postgres.Calls} runs it
 * on a connection of the pool. {@link dev.millrace.postgres.Schema} says what the tables are.
 *
 * <p>The way of a plain job: {@link dev.millrace.postgres.Enqueues}, {@link dev.millrace.postgres.Claims}, {@link
 * dev.millrace.postgres.Settles}, each one round trip for a whole batch. All other ways go through {@link
 * dev.millrace.postgres.Moves}, which executes the table of {@link dev.millrace.spi.Transition} on loaded {@link
 * dev.millrace.postgres.Job}s and saves them together.
 */
@NullMarked
package dev.millrace.postgres;

import org.jspecify.annotations.NullMarked;
