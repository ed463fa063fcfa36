/** What the commands print: tables, times, JSON. */
@NullMarked
package dev.millrace.cli.out;

import org.jspecify.annotations.NullMarked;
