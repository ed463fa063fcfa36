/** What millrace demo shows: real work, a killed worker, nothing lost. */
@NullMarked
package dev.millrace.cli.demo;

import org.jspecify.annotations.NullMarked;
