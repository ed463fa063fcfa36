/** {@code millrace each}: a command per line of the input, durably. */
@NullMarked
package dev.millrace.cli.each;

import org.jspecify.annotations.NullMarked;
