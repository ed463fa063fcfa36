/**
 * The store in memory: the reference for all others, the shortest correct implementation of the contract. Jobs end with the
 * process.
 */
@NullMarked
package dev.millrace.internal.memory;

import org.jspecify.annotations.NullMarked;
