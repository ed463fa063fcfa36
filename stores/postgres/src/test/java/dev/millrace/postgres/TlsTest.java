package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.StoreException;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.server.Certificate;
import dev.millrace.testkit.server.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Encrypted connections: a server with a certificate of its own, and a user whom it does not let in without. */
class TlsTest {
    private static final String USER = "tls_" + UUID.randomUUID().toString().substring(0, 8);
    private static final String SCHEMA = USER;

    private static Certificate own;
    private static Certificate foreign;
    private static Path rules;
    private static String rulesBefore;

    @BeforeAll
    static void demandTls() throws Exception {
        PostgresServer server = Servers.OLD.server();
        own = server.certificate(USER);
        foreign = server.certificate(USER + "-foreign");
        rules = Path.of(told("SHOW hba_file"));
        rulesBefore = Files.readString(rules);
        Files.writeString(
                rules,
                "hostssl all " + USER + " 127.0.0.1/32 trust\nhostnossl all " + USER + " 127.0.0.1/32 reject\n"
                        + rulesBefore);
        Servers.OLD.run("CREATE ROLE " + USER + " LOGIN");
        Servers.OLD.run("CREATE SCHEMA " + SCHEMA + " AUTHORIZATION " + USER);
        Servers.OLD.run("ALTER SYSTEM SET ssl_cert_file = '" + own.certificate() + "'");
        Servers.OLD.run("ALTER SYSTEM SET ssl_key_file = '" + own.key() + "'");
        Servers.OLD.run("ALTER SYSTEM SET ssl = on");
        Servers.OLD.run("SELECT pg_reload_conf()");
        while (!told("SHOW ssl").equals("on")) {
            Thread.onSpinWait(); // read anew a moment later
        }
    }

    @AfterAll
    static void takeItBack() throws Exception {
        Files.writeString(rules, rulesBefore);
        Servers.OLD.run("ALTER SYSTEM RESET ssl");
        Servers.OLD.run("SELECT pg_reload_conf()");
        Servers.OLD.run("DROP OWNED BY " + USER + " CASCADE; DROP ROLE " + USER);
    }

    @Test
    void with_sslmode_require_what_is_sent_is_encrypted() throws Exception {
        String name = "encrypted-" + USER;
        try (Store store = Stores.open(address("sslmode=require&application_name=" + name))) {
            assertThat(store.counts()).isEmpty();
            assertThat(told("SELECT bool_and(s.ssl) FROM pg_stat_ssl AS s JOIN pg_stat_activity AS a USING (pid)"
                            + " WHERE a.application_name = '" + name + "'"))
                    .isEqualTo("t");
        }
    }

    @Test
    void with_sslmode_verify_full_the_server_proves_who_it_is() {
        try (Store store = Stores.open(address("sslmode=verify-full&sslrootcert=" + own.root()))) {
            assertThat(store.counts()).isEmpty();
        }
    }

    @Test
    void a_server_whose_certificate_another_root_has_signed_is_refused() {
        assertThatThrownBy(() -> Stores.open(address("sslmode=verify-full&sslrootcert=" + foreign.root())))
                .isInstanceOf(StoreException.class)
                .isNotInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("cannot be reached by TLS")
                .hasMessageContaining("Check sslmode, sslrootcert");
    }

    @Test
    void a_certificate_is_not_good_for_another_name() {
        assertThatThrownBy(() -> Stores.open(
                        address("sslmode=verify-full&sslrootcert=" + own.root()).replace("127.0.0.1", "localhost")))
                .isInstanceOf(StoreException.class)
                .isNotInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("TLS");
    }

    @Test
    void a_root_certificate_that_is_not_there_is_told() {
        assertThatThrownBy(() -> Stores.open(address("sslmode=verify-full&sslrootcert=/nowhere/root.crt")))
                .isInstanceOf(StoreException.class)
                .isNotInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("/nowhere/root.crt")
                .hasMessageContaining("sslrootcert");
    }

    @Test
    void a_server_that_demands_tls_says_so_to_who_comes_without() {
        assertThatThrownBy(() -> Stores.open(address("sslmode=disable")))
                .isInstanceOf(StoreException.class)
                .isNotInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("without TLS")
                .hasMessageContaining("sslmode=require");
    }

    private static String address(String parameters) {
        return Servers.OLD.server().url().replace("postgres@", USER + "@") + "?schema=" + SCHEMA + "&" + parameters;
    }

    private static String told(String query) throws SQLException {
        try (Connection connection = Servers.OLD.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
