package dev.millrace.testkit.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A server that sends back what it gets, each connection on a thread of its own, in this process or in a child. */
final class EchoServer implements AutoCloseable {
    private final ServerSocket door;

    EchoServer(int port) throws IOException {
        this.door = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        daemon(() -> {
            while (true) {
                Socket client = door.accept();
                daemon(() -> {
                    try (client) {
                        client.getInputStream().transferTo(client.getOutputStream());
                    }
                });
            }
        });
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void daemon(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // the connection, or the server, is at its end
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        door.close();
    }

    /** The command of a child process that runs {@link #main}. */
    static List<String> command(Object... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                EchoServer.class.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }

    /** Serves at the port that is given, or says that there is none, and ends. */
    public static void main(String[] args) throws Exception {
        if (args.length == 0) {
            System.out.println("no port is given");
            System.exit(3);
        }
        new EchoServer(Integer.parseInt(args[0]));
        System.out.println("serving, " + System.getenv("GREETING"));
        Thread.currentThread().join();
    }
}
