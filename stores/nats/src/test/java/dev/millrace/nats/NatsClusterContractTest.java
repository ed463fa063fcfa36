package dev.millrace.nats;

import dev.millrace.testkit.contract.StoreContract;
import dev.millrace.testkit.contract.StoreFixture;

/** The contract on a cluster of three servers, each with a replica. */
class NatsClusterContractTest extends StoreContract {
    @Override
    protected StoreFixture fixture() {
        return new NatsPlace(Servers.cluster().url(), 3);
    }
}
