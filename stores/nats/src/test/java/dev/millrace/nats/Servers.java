package dev.millrace.nats;

import dev.millrace.testkit.server.NatsCluster;
import dev.millrace.testkit.server.NatsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The server and the cluster that the tests of one JVM share; they end with it. */
final class Servers {
    private static @Nullable NatsServer server;
    private static @Nullable NatsCluster cluster;

    private Servers() {}

    static synchronized NatsServer server() {
        NatsServer present = server;
        if (present == null) {
            present = NatsServer.start(folder());
            server = present;
        }
        return present;
    }

    static synchronized NatsCluster cluster() {
        NatsCluster present = cluster;
        if (present == null) {
            present = NatsCluster.start(folder());
            cluster = present;
        }
        return present;
    }

    private static Path folder() {
        try {
            return Files.createTempDirectory("millrace-nats");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
