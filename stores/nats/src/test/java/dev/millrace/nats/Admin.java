package dev.millrace.nats;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;

/** What a test does to a server besides the store. */
final class Admin {
    private Admin() {}

    interface Doing<T> {
        T with(Connection connection) throws IOException, JetStreamApiException, InterruptedException;
    }

    /** Does something on a connection of its own. */
    static <T> T run(String servers, Doing<T> action) {
        Options options = new Options.Builder()
                .servers(servers.replace("nats://", "").split(",", -1))
                .build();
        Connection connection = null;
        try {
            connection = Nats.connect(options);
            return action.with(connection);
        } catch (IOException | JetStreamApiException e) {
            throw new AssertionError("the server did not do what the test asked", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } finally {
            close(connection);
        }
    }

    private static void close(Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
