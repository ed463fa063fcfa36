package dev.millrace.sqlite;

import dev.millrace.testkit.contract.AddressFixture;
import dev.millrace.testkit.transaction.TransactionContract;
import dev.millrace.testkit.transaction.TransactionFixture;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;

/** Jobs in the application's own transactions, on a file of its own for each test. */
class SqliteTransactionTest extends TransactionContract {
    @TempDir
    Path folder;

    @Override
    protected TransactionFixture fixture() {
        return new FileFixture(folder, UUID.randomUUID().toString());
    }

    private static final class FileFixture extends AddressFixture implements TransactionFixture {
        private final Path folder;
        private final String name;

        FileFixture(Path folder, String name) {
            super("sqlite:" + folder.resolve(name + ".db"));
            this.folder = folder;
            this.name = name;
        }

        @Override
        public Connection connect() throws SQLException {
            return Stores.connect(folder.resolve(name + ".db"));
        }

        @Override
        public Connection connectElsewhere() throws SQLException {
            return Stores.connect(folder.resolve(name + "-elsewhere.db"));
        }
    }
}
