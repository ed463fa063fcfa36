/**
 * The SQLite store. {@link dev.millrace.sqlite.SqliteStore} hands each call on: changes go to the {@link
 * dev.millrace.sqlite.Writer}, which puts many of them into one transaction, looks go to the {@link
 * dev.millrace.sqlite.Readers}. {@link dev.millrace.sqlite.Schema} says what the tables are.
 *
 * <p>The way of a plain job: {@link dev.millrace.sqlite.Enqueues}, {@link dev.millrace.sqlite.Claims}, {@link
 * dev.millrace.sqlite.Settles}. All other ways go through {@link dev.millrace.sqlite.Moves}, which executes the table of
 * {@link dev.millrace.spi.Transition} on one loaded {@link dev.millrace.sqlite.Job}.
 */
@NullMarked
package dev.millrace.sqlite;

import org.jspecify.annotations.NullMarked;
