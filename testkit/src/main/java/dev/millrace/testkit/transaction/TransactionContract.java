package dev.millrace.testkit.transaction;

import org.junit.jupiter.api.Nested;

/**
 * The suite for stores whose jobs take part in transactions of the application: those with {@link
 * dev.millrace.spi.Store#transactions}. Such a store takes part by one small class among its tests:
 *
 * <pre>{@code
 * class MyStoreTransactionTest extends TransactionContract {
 *     protected TransactionFixture fixture() {
 *         return new MyFixture();
 *     }
 * }
 * }</pre>
 *
 * <p>The application has a table of its own in the database, so that its writes and those of the store can be seen to be one.
 * After every test the store's books are checked: see {@link dev.millrace.testkit.contract.Books}.
 */
public abstract class TransactionContract {

    /** A new, empty place to keep jobs in. Called for every test; it is closed by the contract. */
    protected abstract TransactionFixture fixture();

    @Nested
    class Enqueue extends EnqueueInRules {}

    @Nested
    class Refusal extends RefusalRules {}

    @Nested
    class Succeed extends SucceedInRules {}

    @Nested
    class Undone extends UndoneRules {}

    @Nested
    class Fence extends FenceInRules {}

    @Nested
    class Flow extends FlowInRules {}
}
