package dev.millrace.testkit.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** When a server that was started may be used. Asked again and again until it says yes, or the server's patience is over. */
@FunctionalInterface
public interface Ready {

    /**
     * Whether it may be used now. What this throws counts as no, and is told if it stays so.
     *
     * @param server the server that was started
     */
    boolean test(ServerProcess server) throws Exception;

    /** When it takes connections at this port of the loopback. */
    static Ready port(int port) {
        return server -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
                return true;
            } catch (IOException e) {
                return false;
            }
        };
    }

    /** When its log, since it was started last, has this text somewhere. */
    static Ready logged(String text) {
        return server -> server.log().contains(text);
    }

    /** When both hold. */
    default Ready and(Ready other) {
        return server -> test(server) && other.test(server);
    }
}
