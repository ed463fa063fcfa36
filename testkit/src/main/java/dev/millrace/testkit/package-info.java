/**
 * What tests need. Users: {@link dev.millrace.testkit.MillraceExtension} and {@link dev.millrace.testkit.ManualClock}. Authors
 * of stores: {@link dev.millrace.testkit.contract.StoreContract}. Tests of what uses a store: {@link
 * dev.millrace.testkit.FaultyStore}, {@link dev.millrace.testkit.StoreDriver}.
 */
@NullMarked
package dev.millrace.testkit;

import org.jspecify.annotations.NullMarked;
