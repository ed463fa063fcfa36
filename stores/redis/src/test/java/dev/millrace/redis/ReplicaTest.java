package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.server.RedisServer;
import dev.millrace.testkit.server.TcpProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A master and its replica. */
class ReplicaTest {
    private static final int CALLS = 10;

    @TempDir
    Path folder;

    @Test
    void with_wait_a_change_is_answered_when_a_replica_has_it_and_refused_while_none_can() throws IOException {
        try (RedisServer master = RedisServer.system(inner("master"));
                RedisServer replica = replicaOf(master);
                Store patient = Stores.open(master.address() + "?wait=1&wait.timeout=30s&timeout=60s");
                Store store = Stores.open(master.address() + "?wait=1&wait.timeout=300ms")) {
            NewJob job = Jobs.work().newJob();

            assertThat(patient.enqueue(List.of(job)))
                    .containsExactly(new Answer.Stored(job.spec().id()));
            assertThat(replica.ask("DBSIZE")).isEqualTo(master.ask("DBSIZE"));
            replica.process().pause();
            assertThatThrownBy(() -> store.enqueue(List.of(Jobs.work().newJob())))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("only 0 of 1 replicas");
            assertThat(store.get(List.of(job.spec().id()))).hasSize(1);
            replica.process().resume();
        }
    }

    @Test
    void changes_that_are_answered_while_one_waits_for_replicas_wait_together() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(CALLS);
        try (RedisServer master = RedisServer.system(inner("master"));
                RedisServer replica = replicaOf(master);
                Store store = Stores.open(master.address() + "?wait=1&wait.timeout=30s&timeout=60s")) {
            store.enqueue(List.of(Jobs.work().newJob()));
            master.ask("CONFIG RESETSTAT");
            replica.process().pause();

            List<Future<List<Answer>>> calls = new ArrayList<>();
            calls.add(callers.submit(() -> store.enqueue(List.of(Jobs.work().newJob()))));
            await(() -> master.says("INFO clients", "blocked_clients:1"));
            List<Thread> waiting = new CopyOnWriteArrayList<>();
            for (int i = 1; i < CALLS; i++) {
                calls.add(callers.submit(() -> {
                    waiting.add(Thread.currentThread());
                    return store.enqueue(List.of(Jobs.work().newJob()));
                }));
            }
            await(() -> waiting.size() == CALLS - 1
                    && waiting.stream().allMatch(caller -> caller.getState() == Thread.State.TIMED_WAITING));
            replica.process().resume();

            for (Future<List<Answer>> call : calls) {
                assertThat(call.get(60, TimeUnit.SECONDS)).allMatch(Answer.Stored.class::isInstance);
            }
            Matcher waits = Pattern.compile("cmdstat_wait:calls=(\\d+),").matcher(master.ask("INFO commandstats"));
            assertThat(waits.find()).isTrue();
            // The first call's, one for the first answer after it, and one for all others.
            assertThat(Integer.parseInt(waits.group(1))).isLessThanOrEqualTo(3);
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void a_lease_token_that_a_failover_lost_is_not_given_again() throws IOException {
        UUID session = UUID.randomUUID();
        try (RedisServer master = RedisServer.system(inner("master"));
                RedisServer replica = replicaOf(master);
                Store copied = Stores.open(master.address() + "?wait=1&wait.timeout=30s&timeout=60s");
                Store old = Stores.open(master.address())) {
            copied.openSession(new SessionOpening(session, "worker", "{}"));
            copied.enqueue(List.of(Jobs.work().newJob()));
            assertThat(replica.ask("REPLICAOF NO ONE")).isEqualTo("+OK");
            ClaimedJob lost = claim(old, session);

            try (Store store = Stores.open(replica.address())) {
                ClaimedJob again = claim(store, session);
                SettleAnswer late = store.exchange(
                                new Exchange(session, 2, List.of(succeeded(lost)), new Claim.Nothing()))
                        .answers()
                        .get(0);

                assertThat(again.spec().id()).isEqualTo(lost.spec().id());
                assertThat(again.run().token()).isGreaterThan(lost.run().token());
                assertThat(late).isEqualTo(SettleAnswer.STALE);
                assertThat(store.exchange(new Exchange(session, 3, List.of(succeeded(again)), new Claim.Nothing()))
                                .answers())
                        .containsExactly(SettleAnswer.APPLIED);
            }
        }
    }

    private static ClaimedJob claim(Store store, UUID session) {
        Claim next = new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1_000, 1, 1);
        return store.exchange(new Exchange(session, 1, List.of(), next))
                .claimed()
                .get(0);
    }

    private static Settlement succeeded(ClaimedJob job) {
        return Settlement.of(job.run(), new Outcome.Succeeded(null));
    }

    @Test
    void a_store_whose_server_became_a_replica_finds_the_master_behind_the_same_name() throws IOException {
        try (RedisServer master = RedisServer.system(inner("master"));
                RedisServer replica = replicaOf(master);
                TcpProxy name = new TcpProxy("127.0.0.1", master.port());
                Store store = Stores.open("redis://127.0.0.1:" + name.port())) {
            store.enqueue(List.of(Jobs.work().newJob()));
            long before = name.connections();
            master.ask("REPLICAOF 127.0.0.1 " + replica.port());

            assertThatThrownBy(() -> store.enqueue(List.of(Jobs.work().newJob())))
                    .isInstanceOf(StoreUnavailableException.class);
            master.ask("REPLICAOF NO ONE");
            store.enqueue(List.of(Jobs.work().newJob()));

            assertThat(name.connections()).as("the connection was made anew").isGreaterThan(before);
        }
    }

    private RedisServer replicaOf(RedisServer master) throws IOException {
        RedisServer replica =
                RedisServer.system(inner("replica"), "--replicaof", "127.0.0.1", Integer.toString(master.port()));
        await(() -> replica.says("INFO replication", "master_link_status:up"));
        return replica;
    }

    private Path inner(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited 60 s").isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }
}
