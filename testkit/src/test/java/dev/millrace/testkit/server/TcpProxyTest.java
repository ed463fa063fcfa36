package dev.millrace.testkit.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TcpProxyTest {
    private static final int PATIENCE = 20_000;

    private EchoServer server;
    private TcpProxy proxy;

    @BeforeEach
    void start() throws IOException {
        int port = FreePorts.next();
        server = new EchoServer(port);
        proxy = new TcpProxy("127.0.0.1", port);
    }

    @AfterEach
    void end() throws IOException {
        proxy.close();
        server.close();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        socket.setSoTimeout(PATIENCE);
        return socket;
    }

    private static int ask(Socket socket, int number) throws IOException {
        socket.getOutputStream().write(number);
        return socket.getInputStream().read();
    }

    /** The server's answer may take its time. */
    private void awaitHeldBytes(long count) {
        long deadline = System.nanoTime() + Duration.ofMillis(PATIENCE).toNanos();
        while (proxy.heldBytes() != count && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(proxy.heldBytes()).isEqualTo(count);
    }

    private static void assertReset(Socket socket) {
        assertThatThrownBy(() -> ask(socket, 1))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void bytes_go_through_unchanged_and_are_counted() throws Exception {
        byte[] sent = new byte[3 << 20];
        new Random(7).nextBytes(sent);
        try (Socket socket = connect()) {
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    socket.getOutputStream().write(sent);
                    socket.shutdownOutput();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });

            byte[] got = socket.getInputStream().readNBytes(sent.length);

            sending.join();
            assertThat(got).isEqualTo(sent);
        }
        assertThat(proxy.connections()).isEqualTo(1);
        assertThat(proxy.bytes()).isEqualTo(2L * sent.length);
    }

    @Test
    void a_cut_resets_connections_and_lets_new_ones_in() throws Exception {
        try (Socket one = connect();
                Socket two = connect()) {
            ask(one, 1);
            ask(two, 1);

            proxy.cut();

            assertReset(one);
            assertReset(two);
        }
        try (Socket again = connect()) {
            assertThat(ask(again, 7)).isEqualTo(7);
        }
    }

    @Test
    void a_proxy_that_refuses_keeps_what_is_open_and_lets_in_again_at_the_same_port() throws Exception {
        try (Socket open = connect()) {
            ask(open, 1);

            proxy.refuse();

            assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
            assertThat(ask(open, 2)).isEqualTo(2);
            proxy.cut();
        }

        proxy.accept();

        try (Socket again = connect()) {
            assertThat(ask(again, 3)).isEqualTo(3);
        }
    }

    @Test
    void a_stalled_proxy_holds_bytes_and_hands_them_over_in_order_when_they_flow() throws Exception {
        try (Socket before = connect()) {
            ask(before, 1);
            proxy.stall();
            before.setSoTimeout(50);

            assertThatThrownBy(() -> ask(before, 2)).isInstanceOf(SocketTimeoutException.class);
            try (Socket during = connect()) {
                during.getOutputStream().write(9);
                before.getOutputStream().write(3);
                proxy.flow();

                before.setSoTimeout(PATIENCE);
                assertThat(before.getInputStream().readNBytes(2)).containsExactly(2, 3);
                assertThat(during.getInputStream().read()).isEqualTo(9);
            }
        }
    }

    @Test
    void a_proxy_that_holds_replies_still_hands_over_requests() throws Exception {
        try (Socket socket = connect()) {
            ask(socket, 1);
            long before = proxy.bytes();
            proxy.holdReplies();
            socket.setSoTimeout(50);

            assertThatThrownBy(() -> ask(socket, 2)).isInstanceOf(SocketTimeoutException.class);

            awaitHeldBytes(1);
            assertThat(proxy.bytes()).isEqualTo(before + 1);
            proxy.flow();
            assertThat(proxy.heldBytes()).isZero();
            socket.setSoTimeout(PATIENCE);
            assertThat(socket.getInputStream().read()).isEqualTo(2);
        }
    }

    @Test
    void a_proxy_can_let_some_replies_through_before_it_holds_the_rest() throws Exception {
        try (Socket socket = connect()) {
            ask(socket, 1);
            proxy.holdReplies(2);

            assertThat(ask(socket, 2)).isEqualTo(2);
            assertThat(ask(socket, 3)).isEqualTo(3);
            socket.setSoTimeout(50);
            assertThatThrownBy(() -> ask(socket, 4)).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void connections_that_stall_can_be_cut() throws Exception {
        try (Socket socket = connect()) {
            ask(socket, 1);
            proxy.stall();
            proxy.cut();

            assertReset(socket);
        }
    }

    @Test
    void a_slow_proxy_delays_bytes_each_way() throws Exception {
        try (Socket socket = connect()) {
            ask(socket, 1);
            proxy.slow(Duration.ofMillis(20));
            long before = System.nanoTime();

            assertThat(ask(socket, 2)).isEqualTo(2);

            assertThat(System.nanoTime() - before)
                    .isGreaterThanOrEqualTo(Duration.ofMillis(40).toNanos());
            proxy.slow(Duration.ZERO);
            assertThat(ask(socket, 3)).isEqualTo(3);
        }
    }

    @Test
    void the_end_of_a_connection_is_handed_on() throws Exception {
        try (Socket socket = connect()) {
            ask(socket, 1);
            socket.shutdownOutput();

            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void without_a_server_behind_it_connections_are_reset() throws Exception {
        try (TcpProxy alone = new TcpProxy("127.0.0.1", FreePorts.next());
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), alone.port())) {
            socket.setSoTimeout(PATIENCE);

            assertThatThrownBy(() -> {
                        int answer = ask(socket, 1);
                        assertThat(answer).isEqualTo(-1);
                        throw new IOException("ended");
                    })
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void a_closed_proxy_is_gone() throws Exception {
        try (Socket socket = connect()) {
            ask(socket, 1);

            proxy.close();

            assertReset(socket);
            assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
            assertThatThrownBy(proxy::cut).isInstanceOf(IllegalStateException.class);
        }
    }
}
