/**
 * The one conformance suite that every store passes: {@link dev.millrace.testkit.contract.StoreContract}, made of parts that
 * each cover one side of a store, and {@link dev.millrace.testkit.contract.StoreFixture}, by which an engine takes part.
 */
@NullMarked
package dev.millrace.testkit.contract;

import org.jspecify.annotations.NullMarked;
