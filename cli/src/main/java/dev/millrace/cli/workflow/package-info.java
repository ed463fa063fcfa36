/** The workflow command: submitting, showing and mending jobs that wait for jobs. */
@NullMarked
package dev.millrace.cli.workflow;

import org.jspecify.annotations.NullMarked;
