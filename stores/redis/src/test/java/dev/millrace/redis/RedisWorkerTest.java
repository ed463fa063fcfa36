package dev.millrace.redis;

import dev.millrace.testkit.contract.AddressFixture;
import dev.millrace.testkit.contract.StoreFixture;
import dev.millrace.testkit.worker.WorkerContract;
import java.util.UUID;

/** The contract of workers, on one server. */
class RedisWorkerTest extends WorkerContract {
    @Override
    protected StoreFixture fixture() {
        return new AddressFixture(TestServer.shared().address() + "?prefix=w" + UUID.randomUUID());
    }

    @Override
    protected int many() {
        return 20_000;
    }
}
