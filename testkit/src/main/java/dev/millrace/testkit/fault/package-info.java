/** What is promised when workers die, servers die and networks break: shown with real processes and real connections. */
@NullMarked
package dev.millrace.testkit.fault;

import org.jspecify.annotations.NullMarked;
