/** Named locks, as notes. */
@NullMarked
package dev.millrace.internal.locks;

import org.jspecify.annotations.NullMarked;
