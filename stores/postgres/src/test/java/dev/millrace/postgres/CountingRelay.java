package dev.millrace.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Hands bytes on between a driver and its server, and counts how often the server's word follows the driver's. Connections on
 * which something is announced to other processes do not count: no call waits for them.
 */
final class CountingRelay implements AutoCloseable {
    private final ServerSocket socket;
    private final int target;
    private final AtomicLong turns = new AtomicLong();

    CountingRelay(int target) throws IOException {
        this.target = target;
        this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    int port() {
        return socket.getLocalPort();
    }

    long turns() {
        return turns.get();
    }

    private void accept() throws IOException {
        while (!socket.isClosed()) {
            Socket driver = socket.accept();
            Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
            boolean[] asked = new boolean[1];
            boolean[] announces = new boolean[1];
            start(() -> pass(driver, server, bytes -> {
                synchronized (asked) {
                    asked[0] = true;
                    announces[0] |= bytes.contains("pg_notify");
                }
            }));
            start(() -> pass(server, driver, bytes -> {
                synchronized (asked) {
                    turns.addAndGet(asked[0] && !announces[0] ? 1 : 0);
                    asked[0] = false;
                }
            }));
        }
    }

    private static void pass(Socket from, Socket to, Consumer<String> seen) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[1 << 20];
            for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
                seen.accept(new String(buffer, 0, length, StandardCharsets.ISO_8859_1));
                out.write(buffer, 0, length);
            }
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void start(Step step) {
        Thread thread = new Thread(() -> {
            try {
                step.run();
            } catch (IOException e) {
                // the connection or the relay was closed
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
