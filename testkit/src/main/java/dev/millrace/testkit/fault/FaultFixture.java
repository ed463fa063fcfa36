package dev.millrace.testkit.fault;

import dev.millrace.testkit.server.ServerProcess;
import dev.millrace.testkit.server.TcpProxy;

/**
 * A place on a server that the test may kill, freeze and cut off. The server may outlive the fixture, to serve the next test:
 * each leaves it running. It is configured as its engine's row in docs/guarantees.md has it.
 */
public interface FaultFixture extends CrashFixture {

    /** The server's process. It keeps its data and its port when it is started again. */
    ServerProcess server();

    /** A proxy before the server. */
    TcpProxy proxy();

    /** The address of the same place by way of the proxy; no client may find a way around it. */
    String proxied();

    /** What the engine promises to keep when its server is killed. */
    Promise promise();

    /** What outlives the sudden death of a server's process. */
    enum Promise {
        /** All that was accepted and all that was settled. */
        KEEPS_ALL,
        /** All but the last moments; so losses are counted and printed, not asserted, where a server is killed. */
        MAY_LOSE
    }
}
