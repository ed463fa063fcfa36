package dev.millrace.redis;

import dev.millrace.testkit.fault.FaultContract;
import dev.millrace.testkit.fault.FaultFixture;
import dev.millrace.testkit.fault.ServerFixture;
import dev.millrace.testkit.server.RedisServer;
import dev.millrace.testkit.server.TcpProxy;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * Dying workers, a dying server and broken networks. With fsync always, since with everysec Redis answers before it has written
 * its file to the system when the disk is busy, for up to two seconds.
 */
class RedisFaultTest extends FaultContract {
    @TempDir
    static Path folder;

    private static RedisServer server;
    private static TcpProxy proxy;
    private static int places;

    @BeforeAll
    static void start() throws IOException {
        server = RedisServer.oldest(folder, "--appendfsync", "always");
        proxy = new TcpProxy("127.0.0.1", server.port());
    }

    @AfterAll
    static void stop() {
        proxy.close();
        server.close();
    }

    @Override
    protected FaultFixture fixture() {
        String place = "?timeout=2s&prefix=faults" + ++places;
        return new ServerFixture(
                server.address() + place,
                "redis://127.0.0.1:" + proxy.port() + place,
                server.process(),
                proxy,
                FaultFixture.Promise.KEEPS_ALL);
    }
}
