package dev.millrace.redis;

import dev.millrace.testkit.server.RedisCluster;
import dev.millrace.testkit.server.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Servers that all tests of this module share; they end with the JVM. */
final class TestServer {
    private TestServer() {}

    /** One server of the oldest version that is supported. */
    static RedisServer shared() {
        return Shared.SERVER;
    }

    /** A Cluster of three masters. */
    static RedisCluster cluster() {
        return SharedCluster.CLUSTER;
    }

    static Path folder() {
        try {
            Path folder = Files.createTempDirectory("millrace-redis");
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Shared {
        static final RedisServer SERVER = RedisServer.oldest(folder());
    }

    private static final class SharedCluster {
        static final RedisCluster CLUSTER = RedisCluster.withoutReplicas(folder());
    }
}
