/** Making schedules, looking at them and operating them. */
@NullMarked
package dev.millrace.cli.schedule;

import org.jspecify.annotations.NullMarked;
