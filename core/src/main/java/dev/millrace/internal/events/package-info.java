/** Tells listeners of what happens to jobs: once, around the engine, never inside a store. */
@NullMarked
package dev.millrace.internal.events;

import org.jspecify.annotations.NullMarked;
