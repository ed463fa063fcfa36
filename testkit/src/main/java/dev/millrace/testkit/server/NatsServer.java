package dev.millrace.testkit.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A nats-server with JetStream on the loopback, started from the PATH. It keeps its port and its data when it is stopped and
 * started again. Safe for use from any thread, one call at a time.
 */
public final class NatsServer implements AutoCloseable {
    private final int port;
    private final ServerProcess process;

    private NatsServer(int port, ServerProcess process) {
        this.port = port;
        this.process = process;
    }

    /**
     * Starts a server with JetStream.
     *
     * @param folder for its configuration, data and log
     * @throws IllegalStateException when it does not start: with the end of its log
     */
    public static NatsServer start(Path folder) {
        return start(folder, jetStream(folder));
    }

    /**
     * Starts a server.
     *
     * @param folder for its configuration and log
     * @param configuration what its configuration says besides the port, such as {@link #jetStream}
     * @throws IllegalStateException when it does not start: with the end of its log
     */
    public static NatsServer start(Path folder, String configuration) {
        NatsServer server = make("nats-server", folder, FreePorts.next(), configuration, "Server is ready");
        server.process.start();
        return server;
    }

    /** A server, not yet started. */
    static NatsServer make(String name, Path folder, int port, String configuration, String ready) {
        Path file = folder.resolve(name + ".conf");
        try {
            Files.createDirectories(folder);
            Files.writeString(file, "listen: \"127.0.0.1:" + port + "\"\n" + configuration + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("the configuration of " + name + " cannot be written", e);
        }
        ServerProcess process = ServerProcess.named(name)
                .command("nats-server", "-c", file.toString())
                .folder(folder)
                .ready(Ready.port(port).and(Ready.logged(ready)))
                .build();
        return new NatsServer(port, process);
    }

    /** The part of a configuration that switches JetStream on, with its data in that folder. */
    public static String jetStream(Path folder) {
        return "jetstream { store_dir: \"" + folder.resolve("data") + "\" }";
    }

    /** Where it listens on the loopback. */
    public int port() {
        return port;
    }

    /** Its address: "nats://127.0.0.1:12345". */
    public String url() {
        return "nats://127.0.0.1:" + port;
    }

    /** Its process, to be killed, frozen and started again. */
    public ServerProcess process() {
        return process;
    }

    /** Stops it. */
    @Override
    public void close() {
        process.stop();
    }
}
