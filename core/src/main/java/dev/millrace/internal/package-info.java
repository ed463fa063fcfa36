/** What is behind the API, apart from the worker and the memory store, which have packages of their own. Not exported. */
@NullMarked
package dev.millrace.internal;

import org.jspecify.annotations.NullMarked;
