package dev.millrace.postgres;

import dev.millrace.testkit.contract.StoreContract;
import dev.millrace.testkit.contract.StoreFixture;

/** The contract of all stores, on the system's older PostgreSQL. */
class Postgres15ContractTest extends StoreContract {
    @Override
    protected StoreFixture fixture() {
        return new SchemaFixture(Servers.OLD);
    }
}
