package dev.millrace.redis;

import dev.millrace.testkit.contract.AddressFixture;
import dev.millrace.testkit.contract.StoreContract;
import dev.millrace.testkit.contract.StoreFixture;
import java.util.UUID;

/** The contract of all stores, on a Cluster: twelve partitions over three masters. */
class RedisClusterContractTest extends StoreContract {
    @Override
    protected StoreFixture fixture() {
        return new AddressFixture(TestServer.cluster().address() + "?prefix=t" + UUID.randomUUID());
    }
}
