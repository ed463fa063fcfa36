package dev.millrace.nats;

import dev.millrace.testkit.contract.StoreContract;
import dev.millrace.testkit.contract.StoreFixture;

class NatsContractTest extends StoreContract {
    @Override
    protected StoreFixture fixture() {
        return new NatsPlace(Servers.server().url(), 1);
    }
}
