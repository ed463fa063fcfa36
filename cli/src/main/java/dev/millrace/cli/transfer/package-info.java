/** Commands that carry everything: into a file, out of one, and from store to store. */
@NullMarked
package dev.millrace.cli.transfer;

import org.jspecify.annotations.NullMarked;
