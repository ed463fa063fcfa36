package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.StoreException;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Jobs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is wrong with an address or a server, told in one line that nobody has to look up. */
class RefusalsTest {
    private final String name = "refusals_" + UUID.randomUUID().toString().substring(0, 8);
    private final String address = Servers.NEW.server().url() + "?schema=" + name;

    @AfterEach
    void drop() {
        Servers.NEW.run("DROP SCHEMA IF EXISTS " + name + " CASCADE");
    }

    @Test
    void a_wrong_password_and_a_missing_one_are_told_apart_and_not_repeated() throws Exception {
        Servers.NEW.run("CREATE ROLE " + name + " LOGIN PASSWORD 'right-word'");
        Path rules = rules();
        String before = Files.readString(rules);
        try {
            Files.writeString(rules, "host all " + name + " 127.0.0.1/32 scram-sha-256\n" + before);
            Servers.NEW.run("SELECT pg_reload_conf()");
            StoreException wrong = refusal(address.replace("postgres@", name + ":wrong-word@"));
            StoreException missing = refusal(address.replace("postgres@", name + "@"));

            assertThat(wrong)
                    .hasMessageContaining("refuses this user or its password")
                    .hasMessageContaining("Nothing was changed")
                    .hasMessageNotContaining("wrong-word");
            assertThat(missing).hasMessageContaining("Give the user's password");
        } finally {
            Files.writeString(rules, before);
            Servers.NEW.run("SELECT pg_reload_conf(); DROP ROLE " + name);
        }
    }

    /** Opens until it is refused for good: the server reads its rules anew a moment after it was told to. */
    private static StoreException refusal(String address) {
        while (true) {
            Throwable thrown = catchThrowable(() -> Stores.open(address).close());
            boolean trusted = thrown == null || thrown.getMessage().contains("CREATE SCHEMA");
            if (!trusted) {
                assertThat(thrown).isInstanceOf(StoreException.class).isNotInstanceOf(StoreUnavailableException.class);
                return (StoreException) thrown;
            }
        }
    }

    private static Path rules() throws SQLException {
        try (Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW hba_file")) {
            rows.next();
            return Path.of(rows.getString(1));
        }
    }

    @Test
    void a_server_without_tls_is_not_the_one_that_sslmode_asks_for() {
        assertThatThrownBy(() -> Stores.open(address + "&sslmode=require"))
                .isInstanceOf(StoreException.class)
                .isNotInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("sslmode");
    }

    @Test
    void a_server_that_is_too_old_is_refused_with_the_versions_that_will_do() throws Exception {
        try (RewritingRelay relay = new RewritingRelay(
                Servers.NEW.server().port(),
                bytes -> bytes.replaceFirst("server_version\u000018\\.", "server_version\u000011."))) {
            assertThatThrownBy(() -> Stores.open(Servers.NEW.server().url(relay.port()) + "?schema=" + name))
                    .isInstanceOf(StoreException.class)
                    .isNotInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("is of version 11.")
                    .hasMessageContaining("from 13 on")
                    .hasMessageContaining("Nothing was changed");
        }
        Servers.NEW.run("DO $$ BEGIN ASSERT to_regnamespace('" + name + "') IS NULL; END $$");
    }

    @Test
    void a_user_without_rights_on_the_tables_is_told_what_to_run() {
        Stores.open(address).close();
        Servers.NEW.run("CREATE ROLE " + name + " LOGIN; GRANT USAGE ON SCHEMA " + name + " TO " + name);
        try {
            assertThatThrownBy(() -> Stores.open(address.replace("postgres@", name + "@")))
                    .isInstanceOf(StoreException.class)
                    .isNotInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA \""
                            + name + "\" TO \"" + name + "\"");
        } finally {
            Servers.NEW.run("DROP OWNED BY " + name + "; DROP ROLE " + name);
        }
    }

    @Test
    void a_pooler_that_mixes_up_prepared_statements_is_told_apart_with_its_remedy() throws Exception {
        Settings settings = Settings.of(StoreAddress.parse(address));
        try (Connection shared = Servers.NEW.connect();
                Statement statement = shared.createStatement()) {
            statement.execute("PREPARE one AS SELECT 1");
            SQLException twice =
                    catchThrowableOfType(SQLException.class, () -> statement.execute("PREPARE one AS SELECT 1"));
            SQLException gone = catchThrowableOfType(SQLException.class, () -> statement.execute("EXECUTE other"));

            assertThat(new PostgresErrors(settings).of(twice)).hasMessageContaining("prepared=off");
            assertThat(new PostgresErrors(settings).of(gone)).hasMessageContaining("prepared=off");
        }
    }

    @Test
    void a_queue_for_which_no_number_is_left_is_refused_with_the_reason() {
        try (Store store = Stores.open(address)) {
            Servers.NEW.run("INSERT INTO " + name + ".lane (lane, queue, kind) VALUES (2147483647, 'last', 'last')");

            assertThatThrownBy(() ->
                            store.enqueue(List.of(NewJob.now(JobSpec.plain(Jobs.newId(), "new", "new", new byte[0])))))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("Nothing was changed")
                    .hasMessageContaining("pairs of queue and kind have run out");
        }
    }

    @Test
    void a_statement_that_takes_too_long_is_stopped_and_said_what_to_do_about() throws Exception {
        Settings settings = Settings.of(StoreAddress.parse(address));
        try (Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET statement_timeout = 10");
            SQLException stopped =
                    catchThrowableOfType(SQLException.class, () -> statement.execute("SELECT pg_sleep(600)"));

            assertThat(new PostgresErrors(settings).of(stopped))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("socket_timeout");
        }
    }
}
