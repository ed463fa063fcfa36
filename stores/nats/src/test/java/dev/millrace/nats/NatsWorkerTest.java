package dev.millrace.nats;

import dev.millrace.testkit.contract.StoreFixture;
import dev.millrace.testkit.worker.WorkerContract;

/** API and worker over a stream of its own for each test. */
class NatsWorkerTest extends WorkerContract {
    @Override
    protected StoreFixture fixture() {
        return new NatsPlace(Servers.server().url(), 1);
    }
}
