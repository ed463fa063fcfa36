package dev.millrace.redis;

import dev.millrace.testkit.fault.FaultContract;
import dev.millrace.testkit.fault.FaultFixture;
import dev.millrace.testkit.fault.ServerFixture;
import dev.millrace.testkit.server.RedisServer;
import dev.millrace.testkit.server.TcpProxy;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A Redis that syncs its append-only file with every write; a prefix for each test. */
class RedisFaultTest extends FaultContract {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @TempDir
    static Path folder;

    private static RedisServer server;
    private static TcpProxy proxy;

    @BeforeAll
    static void start() {
        server = RedisServer.system(folder, "--appendfsync", "always");
        proxy = new TcpProxy("127.0.0.1", server.port());
    }

    @AfterAll
    static void stop() {
        proxy.close();
        server.close();
    }

    @Override
    protected FaultFixture fixture() {
        String place = "/0?prefix=faults" + NUMBER.incrementAndGet();
        return new ServerFixture(
                "redis://127.0.0.1:" + server.port() + place,
                "redis://127.0.0.1:" + proxy.port() + place,
                server.process(),
                proxy,
                FaultFixture.Promise.KEEPS_ALL);
    }
}
