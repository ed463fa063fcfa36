/** Several worker processes under one that starts them, starts them again, and ends with them. */
@NullMarked
package dev.millrace.cli.supervise;

import org.jspecify.annotations.NullMarked;
