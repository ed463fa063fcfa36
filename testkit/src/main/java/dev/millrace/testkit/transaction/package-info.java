/** The suite for stores whose jobs take part in transactions of the application. */
@NullMarked
package dev.millrace.testkit.transaction;

import org.jspecify.annotations.NullMarked;
