/** The commands that show what is in the store and who works on it, and change nothing. */
@NullMarked
package dev.millrace.cli.look;

import org.jspecify.annotations.NullMarked;
