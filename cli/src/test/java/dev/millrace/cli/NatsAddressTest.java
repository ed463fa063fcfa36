package dev.millrace.cli;

import dev.millrace.testkit.server.NatsServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class NatsAddressTest extends ServerRules {
    @TempDir
    static Path home;

    private static NatsServer server;

    @BeforeAll
    static void start() {
        server = NatsServer.start(home);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    String address() {
        return server.url();
    }

    @Override
    String engine() {
        return "nats";
    }
}
