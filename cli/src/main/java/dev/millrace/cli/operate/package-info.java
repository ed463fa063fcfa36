/** The commands that change something: jobs, queues, workers, the store. */
@NullMarked
package dev.millrace.cli.operate;

import org.jspecify.annotations.NullMarked;
