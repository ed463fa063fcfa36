/** Real processes, killed with SIGKILL at random points, over one SQLite file. */
@NullMarked
package dev.millrace.sqlite.crash;

import org.jspecify.annotations.NullMarked;
