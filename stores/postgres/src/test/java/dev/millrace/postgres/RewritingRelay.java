package dev.millrace.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/** Hands bytes on, and changes those that the server says. */
final class RewritingRelay implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final UnaryOperator<String> change;

    RewritingRelay(int target, UnaryOperator<String> change) throws IOException {
        this.target = target;
        this.change = change;
        start(this::accept);
    }

    int port() {
        return socket.getLocalPort();
    }

    private void accept() throws IOException {
        while (!socket.isClosed()) {
            Socket driver = socket.accept();
            Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
            start(() -> pass(driver, server, UnaryOperator.identity()));
            start(() -> pass(server, driver, change));
        }
    }

    private static void pass(Socket from, Socket to, UnaryOperator<String> change) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[1 << 16];
            for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
                String bytes = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
                out.write(change.apply(bytes).getBytes(StandardCharsets.ISO_8859_1));
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
