package dev.millrace.sqlite;

import dev.millrace.testkit.contract.AddressFixture;
import dev.millrace.testkit.contract.StoreFixture;
import dev.millrace.testkit.worker.WorkerContract;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;

/** API and worker over a file of its own for each test. */
class SqliteWorkerTest extends WorkerContract {
    @TempDir
    Path folder;

    @Override
    protected StoreFixture fixture() {
        return new AddressFixture("sqlite:" + folder.resolve(UUID.randomUUID() + ".db"));
    }
}
