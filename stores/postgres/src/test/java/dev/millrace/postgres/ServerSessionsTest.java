package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the server sees of a store's settings. */
class ServerSessionsTest {
    @ParameterizedTest
    @ValueSource(strings = {"straight", "pooled"})
    void the_server_shows_the_connections_under_the_name_that_the_address_gives(String way) throws Exception {
        String schema = Servers.NEW.schema();
        String name = "shop " + way;
        String address = way.equals("pooled")
                ? Servers.NEW.pooled()
                : Servers.NEW.server().url() + "?";
        try (Store store = Stores.open(address + "application_name=shop%20" + way + "&schema=" + schema);
                Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement()) {
            assertThat(store.counts()).isEmpty();
            try (ResultSet rows = statement.executeQuery(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + name + "'")) {
                rows.next();
                assertThat(rows.getInt(1)).isPositive();
            }
        } finally {
            Servers.NEW.recycle(schema);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "off", "local", "remote_write", "remote_apply"})
    void commits_wait_for_what_the_address_says(String commit) throws Exception {
        String schema = Servers.NEW.schema();
        String address = Servers.NEW.server().url() + "?synchronous_commit=" + commit + "&schema=" + schema;
        Settings settings = Settings.of(StoreAddress.parse(address));
        try (Links links = Links.open(settings);
                Connection connection = links.take();
                Connection unhurried = links.unhurried()) {
            assertThat(shown(connection)).isEqualTo(commit);
            assertThat(shown(unhurried)).isEqualTo(commit);
        }
    }

    @Test
    void commits_wait_for_what_the_server_says_where_the_address_says_nothing() throws Exception {
        Servers.NEW.run("CREATE DATABASE careless");
        Servers.NEW.run("ALTER DATABASE careless SET synchronous_commit = 'off'");
        Settings settings =
                Settings.of(StoreAddress.parse(Servers.NEW.server().url().replaceFirst("postgres$", "careless")));
        try (Links links = Links.open(settings);
                Connection connection = links.take()) {
            assertThat(shown(connection)).isEqualTo("off");
        } finally {
            Servers.NEW.run("DROP DATABASE careless WITH (FORCE)");
        }
    }

    private static String shown(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW synchronous_commit")) {
            rows.next();
            return rows.getString(1);
        }
    }
}
