/** The millrace command: one class per subcommand. */
@NullMarked
package dev.millrace.cli;

import org.jspecify.annotations.NullMarked;
