/** What {@code Millrace.examine()} looks at on every engine. */
@NullMarked
package dev.millrace.internal.doctor;

import org.jspecify.annotations.NullMarked;
