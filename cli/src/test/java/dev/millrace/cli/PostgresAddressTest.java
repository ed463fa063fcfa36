package dev.millrace.cli;

import dev.millrace.testkit.server.PostgresServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class PostgresAddressTest extends ServerRules {
    private static PostgresServer server;

    @BeforeAll
    static void start() {
        server = PostgresServer.system(PostgresServer.Durability.PROCESS_DEATH);
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
        return "postgres";
    }
}
