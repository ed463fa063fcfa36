package dev.millrace.testkit.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.Millrace;
import dev.millrace.StoreException;
import dev.millrace.Transaction;
import dev.millrace.spi.Retention;
import java.sql.Connection;
import java.time.Clock;
import org.junit.jupiter.api.Test;

/** A connection that cannot hold the jobs is refused before anything is written. */
abstract class RefusalRules extends TransactionPart {

    @Test
    void auto_commit_is_refused() throws Exception {
        try (Connection connection = fixture.connect()) {
            assertThatThrownBy(() -> millrace.inTransaction(connection))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("auto-commit")
                    .hasMessageContaining("setAutoCommit(false)");
        }
    }

    @Test
    void auto_commit_that_was_turned_on_since_is_refused() throws Exception {
        try (Connection connection = begin()) {
            Transaction transaction = millrace.inTransaction(connection);
            connection.setAutoCommit(true);

            assertThatThrownBy(() -> transaction.enqueue(ECHO, "x"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("auto-commit");
        }
        assertThat(millrace.jobs().count()).isZero();
    }

    @Test
    void a_closed_connection_is_refused() throws Exception {
        Connection connection = begin();
        Transaction transaction = millrace.inTransaction(connection);
        connection.close();

        assertThatThrownBy(() -> millrace.inTransaction(connection))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> transaction.enqueue(ECHO, "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void another_database_is_refused_and_its_transaction_goes_on() throws Exception {
        try (Connection connection = fixture.connectElsewhere()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> millrace.inTransaction(connection))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("leads to")
                    .hasMessageContaining("nothing was stored");

            try (var statement = connection.createStatement()) {
                statement.execute("CREATE TABLE still_good (id integer)");
            }
            connection.rollback();
        }
    }

    @Test
    void a_closed_store_takes_nothing() throws Exception {
        Millrace other = Millrace.builder(fixture.open(Clock.systemUTC(), Retention.DEFAULT))
                .open();
        try (Connection connection = begin()) {
            Transaction transaction = other.inTransaction(connection);
            other.close();
            assertThatThrownBy(() -> transaction.enqueue(ECHO, "x"))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("is closed");
            connection.commit();
        }
        assertThat(millrace.jobs().count()).isZero();
    }
}
