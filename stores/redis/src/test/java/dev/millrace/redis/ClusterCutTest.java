package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Beat;
import dev.millrace.spi.BeatReply;
import dev.millrace.spi.Claim;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.server.RedisCluster;
import dev.millrace.testkit.server.RedisServer;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Cluster's connections are cut while a claim is under way on them. */
class ClusterCutTest {
    private static final int CUTS = Boolean.getBoolean("millrace.long") ? 8 : 3;
    private static final int WANTED = 5;
    private static final String KILL = "CLIENT KILL TYPE normal SKIPME yes\r\n";

    @TempDir
    Path folder;

    private final UUID session = UUID.randomUUID();

    @Test
    void a_claim_whose_connection_was_cut_fails_and_is_not_sent_again() throws Exception {
        try (RedisCluster cluster = RedisCluster.start(folder);
                Store store = Stores.open(cluster.address())) {
            store.openSession(new SessionOpening(session, "worker", "{}"));
            store.enqueue(IntStream.range(0, 500)
                    .mapToObj(any -> NewJob.now(JobSpec.plain(UUID.randomUUID(), "work", "one", new byte[1])))
                    .toList());
            int failed = 0;

            for (int cut = 1; cut <= CUTS; cut++) {
                failed += exchangeCutOff(cluster, store, cut) ? 1 : 0;
                await(() -> beats(store));
            }

            List<BeatReply.Held> held =
                    store.beat(new Beat(session, "{}", List.of())).held();
            System.out.printf(
                    "[redis] claims on a Cluster whose connections were cut: %d of %d failed, %d of %d jobs claimed%n",
                    failed, CUTS, held.size(), CUTS * WANTED);
            assertThat(held.stream().collect(Collectors.groupingBy(BeatReply.Held::exchange, Collectors.counting())))
                    .allSatisfy((number, count) -> assertThat(count).isLessThanOrEqualTo(WANTED));
            assertThat(failed).isPositive();
        }
    }

    /** Has all masters find the call and the order to cut its connection at once; whether the call failed. */
    private boolean exchangeCutOff(RedisCluster cluster, Store store, int number) throws Exception {
        List<RedisServer> masters = cluster.nodes().subList(0, 3);
        masters.forEach(node -> node.process().pause());
        Claim claim = new Claim.Next(new Claim.Queues.InOrder(List.of("one")), Set.of("work"), -1_000, WANTED, 1);
        CompletableFuture<Boolean> failed = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                store.exchange(new Exchange(session, number, List.of(), claim));
                failed.complete(false);
            } catch (StoreUnavailableException e) {
                failed.complete(true);
            } catch (RuntimeException e) {
                failed.completeExceptionally(e);
            }
        });
        caller.start();
        await(() -> caller.getState() == Thread.State.TIMED_WAITING);
        List<Socket> killers = new ArrayList<>();
        for (RedisServer node : masters) {
            Socket killer = new Socket(InetAddress.getLoopbackAddress(), node.port());
            killer.setSoTimeout(30_000);
            // The system takes it in while the process stands still.
            killer.getOutputStream().write(KILL.getBytes(StandardCharsets.UTF_8));
            killers.add(killer);
        }
        masters.forEach(node -> node.process().resume());
        for (Socket killer : killers) {
            assertThat(killer.getInputStream().read()).isEqualTo(':');
            killer.close();
        }
        return failed.get(30, TimeUnit.SECONDS);
    }

    private boolean beats(Store store) {
        try {
            return store.beat(new Beat(session, "{}", List.of())).open();
        } catch (StoreUnavailableException e) {
            return false;
        }
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited 30 s").isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }
}
