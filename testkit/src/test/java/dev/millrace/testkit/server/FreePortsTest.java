package dev.millrace.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FreePortsTest {

    @Test
    void no_port_is_given_twice_and_none_is_of_outgoing_connections() {
        Set<Integer> given = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            assertThat(given.add(i % 2 == 0 ? FreePorts.next() : FreePorts.withBus()))
                    .isTrue();
        }

        assertThat(given).allMatch(port -> port >= 12_000 && port + FreePorts.BUS < 32_768);
    }

    @Test
    void a_port_and_its_bus_can_be_listened_on() throws Exception {
        int port = FreePorts.withBus();

        try (ServerSocket one = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
                ServerSocket bus = new ServerSocket(port + FreePorts.BUS, 1, InetAddress.getLoopbackAddress())) {
            assertThat(one.isBound()).isTrue();
            assertThat(bus.isBound()).isTrue();
        }
    }
}
