package dev.millrace.sqlite;

import dev.millrace.testkit.contract.AddressFixture;
import dev.millrace.testkit.contract.StoreContract;
import dev.millrace.testkit.contract.StoreFixture;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;

/** The contract of all stores, on a file of its own for each test. */
class SqliteContractTest extends StoreContract {
    @TempDir
    Path folder;

    @Override
    protected StoreFixture fixture() {
        return new AddressFixture("sqlite:" + folder.resolve(UUID.randomUUID() + ".db"));
    }
}
