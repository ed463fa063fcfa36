package dev.millrace.nats;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

final class TestCluster {
    private static TestCluster shared;
    final int[] ports = new int[3];
    final Process[] processes = new Process[3];

    private TestCluster() throws Exception {
        Path folder = Files.createTempDirectory("natsc");
        int[] routes = new int[3];
        for (int i = 0; i < 3; i++) {
            ports[i] = free();
            routes[i] = free();
        }
        String all = "";
        for (int route : routes) all += "nats://127.0.0.1:" + route + " ";
        for (int i = 0; i < 3; i++) {
            Path config = folder.resolve("server" + i + ".conf");
            Files.writeString(
                    config,
                    "server_name: n" + i + "\nlisten: 127.0.0.1:" + ports[i] + "\njetstream { store_dir: \""
                            + folder.resolve("js" + i) + "\" }\ncluster { name: c, listen: 127.0.0.1:" + routes[i]
                            + ", routes: [" + all.trim().replace(" ", ", ") + "] }\n");
            processes[i] = new ProcessBuilder("nats-server", "-c", config.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log" + i).toFile())
                    .start();
            Process p = processes[i];
            Runtime.getRuntime().addShutdownHook(new Thread(p::destroyForcibly));
        }
        for (int i = 0; i < 400; i++) {
            boolean ok = true;
            for (int k = 0; k < 3; k++)
                ok &= Files.readString(folder.resolve("log" + k)).contains("Server is ready");
            boolean leader = false;
            for (int k = 0; k < 3; k++)
                leader |= Files.readString(folder.resolve("log" + k)).contains("JetStream cluster new metadata leader");
            if (ok && leader) break;
            processes[0].waitFor(50, TimeUnit.MILLISECONDS);
        }
    }

    private static int free() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    static synchronized TestCluster shared() {
        if (shared == null) {
            try {
                shared = new TestCluster();
            } catch (Exception e) {
                throw new AssertionError("nats-server does not start: is it installed?", e);
            }
        }
        return shared;
    }

    String url() {
        return "nats://127.0.0.1:" + ports[0] + ",127.0.0.1:" + ports[1] + ",127.0.0.1:" + ports[2];
    }
}
