package dev.millrace.cli;

import dev.millrace.testkit.server.RedisCluster;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class RedisClusterAddressTest extends ServerRules {
    @TempDir
    static Path home;

    private static RedisCluster server;

    @BeforeAll
    static void start() {
        server = RedisCluster.start(home);
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
        return "redis-cluster";
    }
}
