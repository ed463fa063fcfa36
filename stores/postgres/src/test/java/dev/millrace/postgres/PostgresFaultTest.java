package dev.millrace.postgres;

import dev.millrace.testkit.fault.FaultContract;
import dev.millrace.testkit.fault.FaultFixture;
import dev.millrace.testkit.fault.ServerFixture;
import dev.millrace.testkit.server.PostgresServer;
import dev.millrace.testkit.server.TcpProxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** PostgreSQL as in production, with fsync; a schema for each test. */
class PostgresFaultTest extends FaultContract {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private static PostgresServer server;
    private static TcpProxy proxy;

    @BeforeAll
    static void start() {
        server = PostgresServer.embedded(PostgresServer.Durability.POWER_LOSS);
        proxy = new TcpProxy("127.0.0.1", server.port());
    }

    @AfterAll
    static void stop() {
        proxy.close();
        server.close();
    }

    @Override
    protected FaultFixture fixture() {
        String place = "?schema=faults_" + NUMBER.incrementAndGet();
        return new ServerFixture(
                server.url() + place,
                server.url(proxy.port()) + place,
                server.process(),
                proxy,
                FaultFixture.Promise.KEEPS_ALL);
    }
}
