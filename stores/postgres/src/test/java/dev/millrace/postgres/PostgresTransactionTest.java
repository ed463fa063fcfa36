package dev.millrace.postgres;

import dev.millrace.testkit.transaction.TransactionContract;
import dev.millrace.testkit.transaction.TransactionFixture;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Jobs in the application's own transactions, in a schema of its own for each test. */
@Execution(ExecutionMode.CONCURRENT)
class PostgresTransactionTest extends TransactionContract {
    @Override
    protected TransactionFixture fixture() {
        return new SharedDatabase("");
    }
}
