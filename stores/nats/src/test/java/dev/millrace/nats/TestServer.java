package dev.millrace.nats;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A nats-server for the tests of one JVM. */
final class TestServer {
    private static TestServer shared;
    final int port;
    final Process process;

    private TestServer() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("nats");
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Path config = folder.resolve("server.conf");
        Files.writeString(
                config,
                "listen: 127.0.0.1:" + port + "\nmax_payload: 1MB\njetstream { store_dir: \"" + folder.resolve("js")
                        + "\" }\n");
        Path log = folder.resolve("log");
        process = new ProcessBuilder("nats-server", "-c", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        for (int i = 0; i < 200 && !Files.readString(log).contains("Server is ready"); i++) {
            process.waitFor(25, TimeUnit.MILLISECONDS);
        }
    }

    static synchronized TestServer shared() {
        if (shared == null) {
            try {
                shared = new TestServer();
            } catch (IOException | InterruptedException e) {
                throw new AssertionError("nats-server does not start: is it installed?", e);
            }
        }
        return shared;
    }
}
