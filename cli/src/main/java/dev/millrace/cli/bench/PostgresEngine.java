package dev.millrace.cli.bench;

import dev.millrace.Millrace;
import dev.millrace.spi.StoreAddress;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;

/** The PostgreSQL store, in new schemas of the address's database. */
record PostgresEngine(StoreAddress address) implements Engine {
    /** What the driver is told as it stands in the address. */
    private static final List<String> PASSED_ON = List.of("sslmode", "sslrootcert", "sslcert", "sslkey");

    @Override
    public String name() {
        return "postgres";
    }

    @Override
    public Site open() {
        String schema = Aside.newName();
        String there = new Aside(address).with("schema", schema);
        return new Site(there, Millrace.open(there), () -> drop(schema));
    }

    @Override
    public RawQueue raw() throws SQLException {
        return new RawPostgres(connect(), Aside.newName());
    }

    private void drop(String schema) throws IOException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
        } catch (SQLException e) {
            throw new IOException("the bench's schema " + schema + " could not be dropped: drop it by hand", e);
        }
    }

    private Connection connect() throws SQLException {
        Aside aside = new Aside(address);
        Properties properties = new Properties();
        if (aside.user() != null) {
            properties.setProperty("user", aside.user());
        }
        if (aside.password() != null) {
            properties.setProperty("password", aside.password());
        }
        for (String name : PASSED_ON) {
            address.parameter(name).ifPresent(value -> properties.setProperty(name, value));
        }
        return DriverManager.getConnection("jdbc:postgresql://" + aside.hosts() + "/" + aside.path(), properties);
    }
}
