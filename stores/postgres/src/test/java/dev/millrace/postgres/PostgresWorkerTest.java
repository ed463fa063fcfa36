package dev.millrace.postgres;

import dev.millrace.testkit.contract.StoreFixture;
import dev.millrace.testkit.worker.WorkerContract;

/** API and worker over a schema of its own for each test. */
class PostgresWorkerTest extends WorkerContract {
    @Override
    protected StoreFixture fixture() {
        return new SchemaFixture(Servers.NEW);
    }
}
