package dev.millrace.postgres;

import dev.millrace.testkit.contract.StoreContract;
import dev.millrace.testkit.contract.StoreFixture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The contract of all stores by way of PgBouncer, whose connections change hands after each transaction. */
@Tag("long")
@Execution(ExecutionMode.CONCURRENT)
class PgBouncerContractTest extends StoreContract {
    @Override
    protected StoreFixture fixture() {
        return SchemaFixture.pooled(Servers.NEW);
    }
}
