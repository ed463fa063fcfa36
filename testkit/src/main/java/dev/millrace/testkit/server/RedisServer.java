package dev.millrace.testkit.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** A Redis server on the loopback, keeping an append-only file in a folder of its own. */
public final class RedisServer implements AutoCloseable {
    private static final String BINARY = "redis-server-6.2.6-v5-linux-amd64";

    private final ServerProcess process;
    private final int port;

    private RedisServer(ServerProcess process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts a server of Redis 6.2, the oldest that is supported: its program comes with the embedded-redis library.
     *
     * @param folder an existing folder for its files
     * @param options further options, as on its command line: "--maxmemory-policy", "allkeys-lru"
     */
    public static RedisServer oldest(Path folder, String... options) {
        return start(unpacked(folder).toString(), folder, FreePorts.next(), options);
    }

    /** Starts a server of the redis-server on the PATH. Parameters as of {@link #oldest}. */
    public static RedisServer system(Path folder, String... options) {
        return start("redis-server", folder, FreePorts.next(), options);
    }

    static RedisServer start(String program, Path folder, int port, String... options) {
        List<String> command = new ArrayList<>(List.of(
                program,
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                folder.toString(),
                "--appendonly",
                "yes",
                "--save",
                "",
                // A master does not wait for more replicas to come before it serves the first.
                "--repl-diskless-sync-delay",
                "0"));
        command.addAll(List.of(options));
        ServerProcess process = ServerProcess.named("redis-" + port)
                .command(command)
                .folder(folder)
                .ready(server -> serves(port, server.pid()))
                .start();
        return new RedisServer(process, port);
    }

    /** Whether it has loaded its data, and it is this process that answers: another JVM may choose the same port at a time. */
    private static boolean serves(int port, long pid) throws IOException {
        String answer = ask(port, "PING");
        return answer.startsWith("-NOAUTH")
                || (answer.equals("+PONG") && ask(port, "INFO server").contains("process_id:" + pid + "\r\n"));
    }

    /** The process: to stop, kill, freeze, start again. */
    public ServerProcess process() {
        return process;
    }

    /** Its port on the loopback. */
    public int port() {
        return port;
    }

    /** Its address as a store's. */
    public String address() {
        return "redis://127.0.0.1:" + port;
    }

    /**
     * Sends a command without blanks in its words.
     *
     * @return the first line of the answer, with the sign before it
     */
    public String ask(String command) {
        try {
            return ask(port, command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Whether the answer to a command holds this text; false as well while there is no answer, as from a server that starts, has
     * just been killed or has much to do: for conditions that are waited for.
     */
    public boolean says(String command, String text) {
        try {
            return ask(port, command).contains(text);
        } catch (IOException e) {
            return false;
        }
    }

    static String ask(int port, String command) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String first = in.readLine();
            if (first == null || !first.startsWith("$") || first.equals("$-1")) {
                return String.valueOf(first);
            }
            char[] text = new char[Integer.parseInt(first.substring(1))];
            int read = 0;
            while (read < text.length) {
                int more = in.read(text, read, text.length - read);
                if (more < 0) {
                    break;
                }
                read += more;
            }
            return new String(text, 0, read);
        }
    }

    @Override
    public void close() {
        process.kill();
    }

    static synchronized Path unpacked(Path folder) {
        Path program = folder.resolve(BINARY);
        try (InputStream in = RedisServer.class.getClassLoader().getResourceAsStream(BINARY)) {
            if (in == null) {
                throw new IllegalStateException("no " + BINARY + " on the class path: add the test dependency"
                        + " com.github.codemonstur:embedded-redis");
            }
            Files.copy(in, program, StandardCopyOption.REPLACE_EXISTING);
            if (!program.toFile().setExecutable(true)) {
                throw new IllegalStateException(program + " cannot be made executable");
            }
            return program;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
