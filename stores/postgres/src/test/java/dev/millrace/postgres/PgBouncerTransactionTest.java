package dev.millrace.postgres;

import dev.millrace.testkit.contract.AddressFixture;
import dev.millrace.testkit.transaction.TransactionContract;
import dev.millrace.testkit.transaction.TransactionFixture;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;

/** Jobs in the application's own transactions, both by way of PgBouncer, which hands connections on after each transaction. */
@Tag("long")
class PgBouncerTransactionTest extends TransactionContract {
    @Override
    protected TransactionFixture fixture() {
        return new PooledDatabase(Servers.NEW.schema());
    }

    private static final class PooledDatabase extends AddressFixture implements TransactionFixture {
        private final String schema;

        PooledDatabase(String schema) {
            super(Servers.NEW.pooled() + "schema=" + schema);
            this.schema = schema;
        }

        @Override
        public Connection connect() throws SQLException {
            return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:"
                    + Servers.NEW.pooler().port() + "/postgres?user=postgres&prepareThreshold=0");
        }

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
}
