/** The measurements of millrace bench: a row is a class. */
@NullMarked
package dev.millrace.cli.bench;

import org.jspecify.annotations.NullMarked;
