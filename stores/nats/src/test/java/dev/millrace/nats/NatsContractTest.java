package dev.millrace.nats;

import dev.millrace.testkit.contract.AddressFixture;
import dev.millrace.testkit.contract.StoreContract;
import dev.millrace.testkit.contract.StoreFixture;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.util.concurrent.atomic.AtomicInteger;

class NatsContractTest extends StoreContract {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @Override
    protected StoreFixture fixture() {
        String stream = "t" + NUMBER.incrementAndGet();
        String server = "nats://127.0.0.1:" + TestServer.shared().port;
        return new AddressFixture(server + "?stream=" + stream) {
            @Override
            public void close() {
                super.close();
                try (Connection connection = Nats.connect(server)) {
                    connection.jetStreamManagement().deleteStream(stream);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }
        };
    }
}
