package dev.millrace.redis;

import dev.millrace.testkit.contract.AddressFixture;
import dev.millrace.testkit.contract.StoreContract;
import dev.millrace.testkit.contract.StoreFixture;
import java.util.UUID;

/** The contract of all stores, on one server, under a prefix of its own for each test. */
class RedisContractTest extends StoreContract {
    @Override
    protected StoreFixture fixture() {
        return new AddressFixture(TestServer.shared().address() + "?prefix=t" + UUID.randomUUID());
    }
}
