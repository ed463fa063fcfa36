package dev.millrace.testkit.fault;

import dev.millrace.testkit.server.ServerProcess;
import dev.millrace.testkit.server.TcpProxy;

/**
 * A place of its own (a schema, a prefix, a stream) on a server that serves all tests of a class, which ends it, and with it
 * what the places hold.
 *
 * @param address the place's
 * @param proxied the same by way of the proxy
 * @param server the server's process
 * @param proxy stands before it
 * @param promise what the engine keeps when its server is killed
 */
public record ServerFixture(String address, String proxied, ServerProcess server, TcpProxy proxy, Promise promise)
        implements FaultFixture {

    @Override
    public void close() {
        // the server outlives its places
    }
}
