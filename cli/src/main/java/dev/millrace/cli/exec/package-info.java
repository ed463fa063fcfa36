/** Programs as handlers. */
@NullMarked
package dev.millrace.cli.exec;

import org.jspecify.annotations.NullMarked;
