/** Workers near and far: a list of them, and what they can be told. */
@NullMarked
package dev.millrace.cli.workers;

import org.jspecify.annotations.NullMarked;
