package dev.millrace.testkit.server;

import java.util.List;

/**
 * A PgBouncer of its own before a {@link PostgresServer}, on a free port of the loopback, in transaction mode: a connection of
 * the server is another client's after each transaction. It is configured as it comes, and asks for no password. Needs the
 * system's package {@code pgbouncer}; it refuses to run as root, as PostgreSQL does.
 */
public final class PgBouncer implements AutoCloseable {
    private final ServerFolder folder;
    private final int port;
    private final ServerProcess process;

    private PgBouncer(PostgresServer server, int connections, List<String> settings) {
        this.folder = ServerFolder.create("millrace-pgbouncer");
        this.port = FreePorts.next();
        folder.write("users.txt", "\"postgres\" \"\"\n");
        folder.write("pgbouncer.ini", """
                [databases]
                * = host=127.0.0.1 port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = trust
                auth_file = users.txt
                pool_mode = transaction
                max_client_conn = 1000
                default_pool_size = %d
                %s
                """.formatted(server.port(), port, connections, String.join("\n", settings)));
        this.process = folder.owned(ServerProcess.named("pgbouncer")
                        .command("/usr/sbin/pgbouncer", "pgbouncer.ini")
                        .stopSignal("INT")
                        .ready(Ready.port(port)))
                .build();
    }

    /**
     * Starts one.
     *
     * @param connections how many connections it has to the server at most; its clients share them
     * @param settings more of its settings, as in {@code ignore_startup_parameters = options}
     * @throws IllegalStateException when it cannot be started
     */
    public static PgBouncer before(PostgresServer server, int connections, String... settings) {
        PgBouncer pooler = new PgBouncer(server, connections, List.of(settings));
        pooler.process.start();
        return pooler;
    }

    /** The port that it listens on. */
    public int port() {
        return port;
    }

    /** Its process: to kill, freeze and start it. */
    public ServerProcess process() {
        return process;
    }

    /** Kills it and removes its folder. */
    @Override
    public void close() {
        process.kill();
        folder.close();
    }
}
