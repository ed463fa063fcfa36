package dev.millrace.testkit.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * Ports of the loopback that nobody listens on. None is given twice in one JVM, and none is of the range from which Linux
 * takes the ports of outgoing connections (32768 and up), so that a server may be stopped and find its port free again. Safe
 * for use from any thread.
 */
public final class FreePorts {
    /** How far a Redis Cluster node's bus is from its port. */
    public static final int BUS = 10_000;

    private static final int FIRST = 12_000;
    private static final int COUNT = 10_000;
    private static final Set<Integer> GIVEN = new HashSet<>();
    private static final Random RANDOM = new Random();

    private FreePorts() {}

    /**
     * A free port, from 12000 to 21999.
     *
     * @throws IllegalStateException when there is none left
     */
    public static int next() {
        return choose(false);
    }

    /**
     * A free port whose neighbour {@value #BUS} above is free too, and is not given to anybody else.
     *
     * @throws IllegalStateException when there is none left
     */
    public static int withBus() {
        return choose(true);
    }

    private static synchronized int choose(boolean bus) {
        int start = RANDOM.nextInt(COUNT); // other processes choose at the same time
        for (int i = 0; i < COUNT; i++) {
            int port = FIRST + (start + i) % COUNT;
            if (!GIVEN.contains(port) && free(port) && (!bus || free(port + BUS))) {
                GIVEN.add(port);
                return port;
            }
        }
        throw new IllegalStateException("no port of the loopback from " + FIRST + " to " + (FIRST + COUNT - 1)
                + " is free: end the servers that hold them");
    }

    private static boolean free(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true); // connections that linger after their end are no hindrance
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
