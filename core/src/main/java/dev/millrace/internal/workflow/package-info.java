/** What workflows are made of: the job that stands for one, the ids of its jobs, the order in which they can come. */
@NullMarked
package dev.millrace.internal.workflow;

import org.jspecify.annotations.NullMarked;
