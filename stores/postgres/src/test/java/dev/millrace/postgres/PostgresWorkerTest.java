package dev.millrace.postgres;

import dev.millrace.testkit.contract.StoreFixture;
import dev.millrace.testkit.worker.WorkerContract;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** API and worker over a schema of its own for each test, on the system's older PostgreSQL. */
@Execution(ExecutionMode.CONCURRENT)
class PostgresWorkerTest extends WorkerContract {
    @Override
    protected StoreFixture fixture() {
        return new SchemaFixture(Servers.OLD);
    }
}
