package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.server.FreePorts;
import dev.millrace.testkit.server.Ready;
import dev.millrace.testkit.server.RedisServer;
import dev.millrace.testkit.server.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server, its replica and a Sentinel: the store follows a failover by itself. */
class SentinelTest {
    @TempDir
    Path folder;

    @Test
    void the_store_goes_on_at_the_new_master_with_what_replicas_had() throws IOException {
        try (RedisServer master = RedisServer.system(inner("master"));
                RedisServer replica = RedisServer.system(
                        inner("replica"), "--replicaof", "127.0.0.1", Integer.toString(master.port()))) {
            await(() -> replica.says("INFO replication", "master_link_status:up"));
            int port = FreePorts.next();
            try (ServerProcess sentinel = sentinel(port, master.port());
                    Store store = Stores.open("redis+sentinel://127.0.0.1:" + port + "?master=shop")) {
                NewJob first = job();
                assertThat(store.enqueue(List.of(first)))
                        .containsExactly(new Answer.Stored(first.spec().id()));
                await(() -> told(port).contains(",slaves=1,"));
                long written = offset(master, "master_repl_offset");
                await(() -> offset(replica, "slave_repl_offset") >= written);

                master.process().kill();

                NewJob second = job();
                await(() -> replica.says("INFO replication", "role:master"));
                await(() -> available(store));
                assertThat(store.enqueue(List.of(second)))
                        .containsExactly(new Answer.Stored(second.spec().id()));
                assertThat(store.get(List.of(first.spec().id(), second.spec().id())))
                        .hasSize(2);
                assertThat(sentinel.alive()).isTrue();
            }
        }
    }

    /** How far a server has come in the stream of changes. */
    private static long offset(RedisServer server, String which) {
        Matcher offset = Pattern.compile(which + ":(\\d+)").matcher(server.ask("INFO replication"));
        assertThat(offset.find()).isTrue();
        return Long.parseLong(offset.group(1));
    }

    private static boolean available(Store store) {
        try {
            store.counts();
            return true;
        } catch (StoreUnavailableException e) {
            return false;
        }
    }

    private static String told(int port) {
        try (java.net.Socket socket = new java.net.Socket(java.net.InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write("INFO sentinel\r\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            byte[] answer = new byte[8_192];
            int read = socket.getInputStream().read(answer);
            return new String(answer, 0, Math.max(read, 0), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    private ServerProcess sentinel(int port, int master) throws IOException {
        Path file = Files.writeString(
                inner("sentinel").resolve("sentinel.conf"),
                "port " + port + "\nbind 127.0.0.1\nsentinel monitor shop 127.0.0.1 " + master + " 1\n"
                        + "sentinel down-after-milliseconds shop 2000\nsentinel failover-timeout shop 5000\n");
        return ServerProcess.named("sentinel")
                .command("redis-server", file.toString(), "--sentinel")
                .folder(file.getParent())
                .ready(Ready.port(port))
                .start();
    }

    private Path inner(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    private static NewJob job() {
        return NewJob.now(JobSpec.plain(UUID.randomUUID(), "work", "default", new byte[] {1}));
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited 60 s").isLessThan(end);
            java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }
}
