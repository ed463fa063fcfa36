/** Who waits for whom, and for what place, in memory: for the stores that keep their index there. */
@NullMarked
package dev.millrace.internal.flow;

import org.jspecify.annotations.NullMarked;
