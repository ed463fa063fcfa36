/** Scripts by which shells complete the command. */
@NullMarked
package dev.millrace.cli.completion;

import org.jspecify.annotations.NullMarked;
