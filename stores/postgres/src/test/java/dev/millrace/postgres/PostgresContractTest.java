package dev.millrace.postgres;

import dev.millrace.testkit.contract.StoreContract;
import dev.millrace.testkit.contract.StoreFixture;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The contract of all stores, on PostgreSQL 18. */
@Execution(ExecutionMode.CONCURRENT)
class PostgresContractTest extends StoreContract {
    @Override
    protected StoreFixture fixture() {
        return new SchemaFixture(Servers.NEW);
    }
}
