package dev.millrace.nats;

import dev.millrace.testkit.fault.FaultContract;
import dev.millrace.testkit.fault.FaultFixture;
import dev.millrace.testkit.fault.ServerFixture;
import dev.millrace.testkit.server.NatsServer;
import dev.millrace.testkit.server.TcpProxy;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Dying workers, dying servers and broken networks. */
class NatsFaultTest extends FaultContract {
    @TempDir
    static Path folder;

    private static NatsServer server;
    private static TcpProxy proxy;
    private static int places;

    @BeforeAll
    static void start() throws IOException {
        server = NatsServer.start(folder);
        proxy = new TcpProxy("127.0.0.1", server.port());
    }

    @AfterAll
    static void stop() {
        proxy.close();
        server.close();
    }

    @Override
    protected FaultFixture fixture() {
        String place = "?reconnect.wait=100ms&timeout=4s&stream=faults" + ++places;
        return new ServerFixture(
                server.url() + place,
                "nats://127.0.0.1:" + proxy.port() + place,
                server.process(),
                proxy,
                FaultFixture.Promise.KEEPS_ALL);
    }
}
