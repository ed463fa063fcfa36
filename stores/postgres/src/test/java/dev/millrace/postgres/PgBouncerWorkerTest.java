package dev.millrace.postgres;

import dev.millrace.testkit.contract.StoreFixture;
import dev.millrace.testkit.worker.WorkerContract;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** API and worker by way of PgBouncer, whose connections change hands after each transaction. */
@Tag("long")
@Execution(ExecutionMode.CONCURRENT)
class PgBouncerWorkerTest extends WorkerContract {
    @Override
    protected StoreFixture fixture() {
        return SchemaFixture.pooled(Servers.NEW);
    }
}
