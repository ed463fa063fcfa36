package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Examination;
import dev.millrace.spi.Finding;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.server.NatsCluster;
import dev.millrace.testkit.server.NatsServer;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each finding, provoked on a real server. */
class DoctorTest {
    private static final Patience NONE = new Patience(1L << 40, 0);

    @TempDir
    Path folder;

    @Test
    void a_fresh_store_has_nothing_to_mend_and_one_replica_is_noted() {
        try (NatsPlace place = new NatsPlace(Servers.server().url(), 1)) {
            Examination examination =
                    place.open("", Clock.systemUTC(), Retention.DEFAULT).examine();

            assertThat(examination.worst()).contains(Severity.NOTE);
            assertThat(examination.findings()).extracting(Finding::code).isSubsetOf("nats-one-replica", "nats-version");
            assertFound(examination, "nats-one-replica", Severity.NOTE, "kept by one server");
            assertThat(examination.looked()).contains("the leader's memory", "the account's storage");
        }
    }

    @Test
    void an_old_server_is_noted() {
        try (NatsPlace place = new NatsPlace(Servers.server().url(), 1)) {
            String version = Admin.run(
                    Servers.server().url(),
                    connection -> connection.getServerInfo().getVersion());
            Examination examination =
                    place.open("", Clock.systemUTC(), Retention.DEFAULT).examine();

            assertThat(found(examination, "nats-version", Severity.NOTE, version))
                    .isEqualTo(version.startsWith("2.9."));
        }
    }

    @Test
    void a_leaders_heap_that_is_too_small_for_its_jobs_is_found_by_others_too() {
        try (NatsPlace place = new NatsPlace(Servers.server().url(), 1)) {
            Store leader = place.open("", Clock.systemUTC(), Retention.DEFAULT);
            Store other = place.open("&lead=false", Clock.systemUTC(), Retention.DEFAULT);
            leader.enqueue(List.of(Jobs.work().newJob()));

            for (Store each : List.of(leader, other)) {
                assertFound(
                        ((NatsStore) each).examine(NONE),
                        "nats-leader-heap",
                        Severity.WARNING,
                        "process " + ProcessHandle.current().pid() + ", keeps 1 jobs");
            }
        }
    }

    @Test
    void a_stream_near_its_limit_is_found() {
        NatsServer server = NatsServer.start(folder);
        try (Store store = open(server.url())) {
            store.enqueue(List.of(Jobs.work().newJob()));
            Admin.run(server.url(), connection -> {
                JetStreamManagement streams = connection.jetStreamManagement();
                StreamInfo info = streams.getStreamInfo("millrace");
                long used = info.getStreamState().getByteCount();
                return streams.updateStream(StreamConfiguration.builder(info.getConfiguration())
                        .maxBytes(used + used / 10)
                        .build());
            });

            assertFound(store.examine(), "nats-stream-full", Severity.WARNING, "the stream millrace");
        } finally {
            server.close();
        }
    }

    @Test
    void an_account_near_its_limit_is_found() {
        NatsServer server = NatsServer.start(
                folder,
                NatsServer.jetStream(folder)
                        + "\naccounts { ours { jetstream { max_mem: 1MB, max_file: 2MB }, users: [ { user: ann, password: pw } ] } }");
        try (Store store = open(server.url().replace("//", "//ann:pw@"))) {
            assertThat(found(store.examine(), "nats-account-full", Severity.WARNING, ""))
                    .isFalse();
            store.enqueue(IntStream.range(0, 17)
                    .mapToObj(i -> Jobs.work().payload(new byte[100_000]).newJob())
                    .toList());

            assertFound(store.examine(), "nats-account-full", Severity.WARNING, "the account's file storage");
        } finally {
            server.close();
        }
    }

    @Test
    void a_server_of_three_that_is_down_is_found() {
        NatsCluster cluster = NatsCluster.start(folder);
        try (Store store = open(cluster.url() + "?replicas=3")) {
            store.enqueue(List.of(Jobs.work().newJob()));
            await(
                    store,
                    examination -> examination.findings().stream().allMatch(each -> each.severity() == Severity.NOTE));
            NatsServer leader = cluster.leaderOf("millrace").orElseThrow();
            NatsServer follower = IntStream.range(0, 3)
                    .mapToObj(cluster::node)
                    .filter(node -> node.port() != leader.port())
                    .findFirst()
                    .orElseThrow();
            follower.process().kill();

            await(store, examination -> {
                work(store);
                return found(examination, "nats-replica", Severity.WARNING, "lacks")
                        && found(examination, "nats-quorum", Severity.PROBLEM, "1 of the stream's 3");
            });
        } finally {
            cluster.close();
        }
    }

    /** The store may have to find another server first. */
    private static void work(Store store) {
        try {
            store.enqueue(List.of(Jobs.work().newJob()));
        } catch (StoreUnavailableException e) {
            // tried again with the next look
        }
    }

    private static Store open(String address) {
        return new NatsProvider()
                .open(new StoreConfig(StoreAddress.parse(address), Clock.systemUTC(), Retention.DEFAULT));
    }

    private static void await(Store store, Predicate<Examination> condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        for (Examination seen = store.examine(); !condition.test(seen); seen = store.examine()) {
            assertThat(System.nanoTime()).as("after 60 s %s", seen).isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
    }

    private static boolean found(Examination examination, String code, Severity severity, String what) {
        return examination.findings().stream()
                .anyMatch(each -> each.code().equals(code)
                        && each.severity() == severity
                        && each.what().contains(what));
    }

    private static void assertFound(Examination examination, String code, Severity severity, String what) {
        assertThat(found(examination, code, severity, what))
                .as(examination.toString())
                .isTrue();
    }
}
