/** Real servers for tests: as child processes that can be killed and frozen, behind proxies that can be cut and stalled. */
@NullMarked
package dev.millrace.testkit.server;

import org.jspecify.annotations.NullMarked;
