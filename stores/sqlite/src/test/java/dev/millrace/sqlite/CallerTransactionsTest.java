package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.StoreException;
import dev.millrace.Transaction;
import dev.millrace.spi.StoreUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application's transactions as SQLite has them: one file by any of its names, and one writer at a time. */
class CallerTransactionsTest {
    private static final JobType<String, String> ECHO = JobType.of("echo", String.class, String.class);

    @TempDir
    Path folder;

    private static Connection begin(Path file) throws SQLException {
        Connection connection = Stores.connect(file);
        connection.setAutoCommit(false);
        return connection;
    }

    @Test
    void the_file_is_known_by_any_of_its_names() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link.db"), folder.resolve("jobs.db"));
        try (Millrace millrace = Millrace.open("sqlite:" + folder.resolve("jobs.db"));
                Connection byLink = begin(link);
                Connection roundabout = begin(folder.resolve("../" + folder.getFileName() + "/jobs.db"))) {
            millrace.inTransaction(byLink).enqueue(ECHO, "a");
            byLink.commit();
            millrace.inTransaction(roundabout).enqueue(ECHO, "b");
            roundabout.commit();

            assertThat(millrace.jobs().count()).isEqualTo(2);
        }
    }

    @Test
    void a_database_in_memory_is_refused_whatever_is_attached_to_it() throws Exception {
        try (Millrace millrace = Millrace.open("sqlite:" + folder.resolve("jobs.db"));
                Connection connection = Stores.connect(Path.of(":memory:"))) {
            Stores.query(connection, "ATTACH '" + folder.resolve("jobs.db") + "' AS jobs");
            connection.setAutoCommit(false);

            assertThatThrownBy(() -> millrace.inTransaction(connection))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("in memory");
        }
    }

    @Test
    void a_store_that_is_open_just_to_look_takes_nothing() throws Exception {
        Path file = folder.resolve("jobs.db");
        Millrace.open("sqlite:" + file).close();
        try (Millrace millrace = Millrace.open("sqlite:" + file + "?mode=ro");
                Connection connection = begin(file)) {
            assertThatThrownBy(() -> millrace.inTransaction(connection))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("mode=ro");
        }
    }

    @Test
    void a_transaction_that_has_read_before_another_wrote_is_told_to_begin_anew() throws Exception {
        Path file = folder.resolve("jobs.db");
        try (Millrace millrace = Millrace.open("sqlite:" + file);
                Connection connection = begin(file)) {
            Stores.query(connection, "SELECT count(*) FROM sqlite_schema");
            millrace.enqueue(ECHO, "by another");
            Transaction transaction = millrace.inTransaction(connection);

            assertThatThrownBy(() -> transaction.enqueue(ECHO, "late"))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("Roll the transaction back")
                    .hasMessageContaining("begin with a write");

            connection.rollback();
            transaction.enqueue(ECHO, "in time");
            connection.commit();
            assertThat(millrace.jobs().count()).isEqualTo(2);
        }
    }

    @Test
    void to_join_is_no_read_that_a_later_write_would_be_too_late_for() throws Exception {
        Path file = folder.resolve("jobs.db");
        try (Millrace millrace = Millrace.open("sqlite:" + file);
                Connection connection = begin(file)) {
            Transaction transaction = millrace.inTransaction(connection);
            millrace.enqueue(ECHO, "by another");

            transaction.enqueue(ECHO, "still in time");
            connection.commit();
            assertThat(millrace.jobs().count()).isEqualTo(2);
        }
    }

    @Test
    void a_hard_link_to_the_file_is_refused_since_it_has_another_log() throws Exception {
        Path file = folder.resolve("jobs.db");
        try (Millrace millrace = Millrace.open("sqlite:" + file);
                Connection connection = begin(Files.createLink(folder.resolve("link.db"), file))) {
            assertThatThrownBy(() -> millrace.inTransaction(connection))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("link.db");
        }
    }

    /** The driver begins the next transaction with each commit then, and in this mode it takes the write lock. */
    @Test
    void in_immediate_mode_the_connection_is_given_up_or_set_back_before_anything_else_writes() throws Exception {
        Path file = folder.resolve("jobs.db");
        try (Millrace millrace = Millrace.open("sqlite:" + file + "?busy_timeout=50");
                Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + file + "?transaction_mode=IMMEDIATE")) {
            connection.setAutoCommit(false);
            millrace.inTransaction(connection).enqueue(ECHO, "a");
            connection.commit();
            assertThatThrownBy(() -> millrace.enqueue(ECHO, "blocked")).isInstanceOf(StoreUnavailableException.class);

            connection.setAutoCommit(true);
            millrace.enqueue(ECHO, "b");
            assertThat(millrace.jobs().count()).isEqualTo(2);
        }
    }
}
