/** The live view of millrace top. */
@NullMarked
package dev.millrace.cli.top;

import org.jspecify.annotations.NullMarked;
