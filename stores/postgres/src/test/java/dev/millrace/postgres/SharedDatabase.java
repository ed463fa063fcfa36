package dev.millrace.postgres;

import dev.millrace.testkit.contract.AddressFixture;
import dev.millrace.testkit.transaction.TransactionFixture;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** A schema of its own for each test, in a database that the application has tables in too; beside it another database. */
final class SharedDatabase extends AddressFixture implements TransactionFixture {
    private final String schema;
    /** What the application's connections lead to. */
    private final int port;

    SharedDatabase(String parameters) {
        this(parameters, Servers.NEW.schema(), Servers.NEW.server().port());
    }

    /** The application's connections go by way of the pooler on this port. */
    SharedDatabase(int pooler) {
        this("", Servers.NEW.schema(), pooler);
    }

    private SharedDatabase(String parameters, String schema, int port) {
        super(address(parameters, schema));
        this.schema = schema;
        this.port = port;
    }

    private static String address(String parameters, String schema) {
        return Servers.NEW.server().url() + "?schema=" + schema + parameters;
    }

    String schema() {
        return schema;
    }

    @Override
    public Connection connect() throws SQLException {
        // the driver's rule for poolers; straight connections do as well without statements kept by the server
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres&prepareThreshold=0");
    }

    /** The server's own second database, which has no schema of ours. */
    @Override
    public Connection connectElsewhere() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + Servers.NEW.server().port() + "/template1?user=postgres");
    }

    @Override
    public void close() {
        super.close();
        Servers.NEW.recycle(schema);
    }
}
