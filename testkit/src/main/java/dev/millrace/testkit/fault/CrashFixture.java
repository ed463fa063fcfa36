package dev.millrace.testkit.fault;

import java.util.Map;

/** A place to keep jobs in that several processes can open at once. One fixture serves one test, and is empty at first. */
public interface CrashFixture extends AutoCloseable {

    /** The address by which any process of this machine opens the place. */
    String address();

    /** What the environment of worker processes needs beyond this JVM's: nothing by default. */
    default Map<String, String> environment() {
        return Map.of();
    }

    /** Removes the place; all that opened it is closed by then. */
    @Override
    void close();
}
