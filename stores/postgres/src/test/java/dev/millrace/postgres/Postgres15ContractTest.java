package dev.millrace.postgres;

import dev.millrace.testkit.contract.StoreContract;
import dev.millrace.testkit.contract.StoreFixture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The contract of all stores, on the system's older PostgreSQL; in the short form the workers' contract runs there. */
@Tag("long")
@Execution(ExecutionMode.CONCURRENT)
class Postgres15ContractTest extends StoreContract {
    @Override
    protected StoreFixture fixture() {
        return new SchemaFixture(Servers.OLD);
    }
}
