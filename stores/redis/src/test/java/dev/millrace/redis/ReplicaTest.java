package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.server.RedisServer;
import dev.millrace.testkit.server.TcpProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A master and its replica. */
class ReplicaTest {
    @TempDir
    Path folder;

    @Test
    void with_wait_a_change_is_answered_when_a_replica_has_it_and_refused_while_none_can() throws IOException {
        try (RedisServer master = RedisServer.system(inner("master"));
                RedisServer replica = replicaOf(master);
                Store store = Stores.open(master.address() + "?wait=1&wait.timeout=300ms")) {
            NewJob job = Jobs.work().newJob();

            assertThat(store.enqueue(List.of(job)))
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
        await(() -> replica.ask("INFO replication").contains("master_link_status:up"));
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
