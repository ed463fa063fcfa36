/** Named locks: commands that run under one, a list of them, and how to take one away. */
@NullMarked
package dev.millrace.cli.locks;

import org.jspecify.annotations.NullMarked;
