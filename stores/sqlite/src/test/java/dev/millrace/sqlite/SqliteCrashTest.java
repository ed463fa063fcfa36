package dev.millrace.sqlite;

import dev.millrace.testkit.fault.CrashContract;
import dev.millrace.testkit.fault.CrashFixture;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Power loss is covered by asserting the effective sync settings. */
class SqliteCrashTest extends CrashContract {
    @TempDir
    Path folder;

    @Override
    protected CrashFixture fixture() {
        return new CrashFixture() {
            @Override
            public String address() {
                return "sqlite:" + folder.resolve("crash.db");
            }

            @Override
            public void close() {
                // the folder goes with the test
            }
        };
    }
}
