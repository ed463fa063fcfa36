package dev.millrace.postgres;

import dev.millrace.testkit.contract.StoreContract;
import dev.millrace.testkit.contract.StoreFixture;

/** The contract of all stores, on PostgreSQL 18. */
class PostgresContractTest extends StoreContract {
    @Override
    protected StoreFixture fixture() {
        return new SchemaFixture(Servers.NEW);
    }
}
