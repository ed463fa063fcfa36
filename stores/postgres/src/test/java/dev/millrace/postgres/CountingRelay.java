package dev.millrace.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;

/** Hands bytes on between a driver and its server, and counts how often the server's word follows the driver's. */
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
            start(() -> pass(driver, server, () -> {
                synchronized (asked) {
                    asked[0] = true;
                }
            }));
            start(() -> pass(server, driver, () -> {
                synchronized (asked) {
                    turns.addAndGet(asked[0] ? 1 : 0);
                    asked[0] = false;
                }
            }));
        }
    }

    private static void pass(Socket from, Socket to, Runnable seen) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[1 << 20];
            for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
                seen.run();
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
