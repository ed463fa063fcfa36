package dev.millrace.cli;

import dev.millrace.testkit.server.RedisServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class RedisAddressTest extends ServerRules {
    @TempDir
    static Path home;

    private static RedisServer server;

    @BeforeAll
    static void start() {
        server = RedisServer.system(home);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    String address() {
        return server.address();
    }

    @Override
    String engine() {
        return "redis";
    }
}
