package dev.millrace.postgres;

import dev.millrace.testkit.fault.FaultContract;
import dev.millrace.testkit.fault.FaultFixture;
import dev.millrace.testkit.fault.ServerFixture;
import dev.millrace.testkit.server.PostgresServer;
import dev.millrace.testkit.server.PostgresServer.Durability;
import dev.millrace.testkit.server.TcpProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.Isolated;

/** Dying workers, dying servers and broken networks. The server syncs, as in production. */
@Isolated
class PostgresFaultTest extends FaultContract {
    private static PostgresServer server;
    private static TcpProxy proxy;
    private static int places;

    @BeforeAll
    static void start() {
        server = PostgresServer.embedded(Durability.POWER_LOSS);
        proxy = new TcpProxy("127.0.0.1", server.port());
    }

    @AfterAll
    static void stop() {
        proxy.close();
        server.close();
    }

    @Override
    protected FaultFixture fixture() {
        String place = "?pool.timeout=3s&socket_timeout=5s&schema=faults" + ++places;
        return new ServerFixture(
                server.url() + place,
                server.url(proxy.port()) + place,
                server.process(),
                proxy,
                FaultFixture.Promise.KEEPS_ALL);
    }
}
