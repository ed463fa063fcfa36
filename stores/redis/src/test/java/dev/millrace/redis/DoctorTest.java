package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Examination;
import dev.millrace.spi.Finding;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Store;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.server.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each finding, provoked on a real server. */
class DoctorTest {
    private static final Patience LITTLE = new Patience(Duration.ofSeconds(1), 1 << 20, Duration.ZERO, 512 << 10);
    private static final Pattern USED = Pattern.compile("used_memory:(\\d+)");

    @TempDir
    Path folder;

    @Test
    void a_fresh_store_has_nothing_to_mend() {
        try (RedisServer server = RedisServer.system(folder);
                RedisStore store = open(server)) {
            store.enqueue(List.of(Jobs.work().newJob()));
            Examination examination = store.examine();

            assertThat(examination.findings())
                    .extracting(Finding::code)
                    .isSubsetOf("redis-version", "redis-unbounded", "redis-appendfsync");
            assertThat(examination.worst()).contains(Severity.NOTE);
            assertThat(examination.looked()).contains("its memory", "slow scripts");
        }
    }

    @Test
    void each_server_of_a_cluster_is_looked_at() {
        try (Store store = Stores.open(TestServer.cluster().address())) {
            Examination examination = store.examine();

            assertThat(examination.looked()).filteredOn("its memory"::equals).hasSize(3);
            assertThat(examination.findings()).extracting(Finding::code).doesNotContain("unread");
        }
    }

    @Test
    void a_version_without_fixes_is_noted() {
        try (Store store = Stores.open(TestServer.shared().address())) {
            assertFound(store.examine(), "redis-version", Severity.NOTE, "Redis 6.2");
        }
    }

    @Test
    void a_server_without_an_append_only_file_is_found() {
        try (RedisServer server = RedisServer.system(folder, "--appendonly", "no");
                RedisStore store = open(server)) {
            assertFound(store.examine(), "redis-no-aof", Severity.WARNING, "appendonly no");
        }
    }

    @Test
    void how_often_it_syncs_is_judged() {
        try (RedisServer server = RedisServer.system(folder);
                RedisStore store = open(server)) {
            assertFound(store.examine(), "redis-appendfsync", Severity.NOTE, "everysec");
            server.ask("CONFIG SET appendfsync no");
            assertFound(store.examine(), "redis-appendfsync", Severity.WARNING, "appendfsync no");
            server.ask("CONFIG SET appendfsync always");
            assertThat(store.examine().findings()).extracting(Finding::code).doesNotContain("redis-appendfsync");
        }
    }

    @Test
    void a_policy_that_was_changed_after_the_store_was_opened_is_found() {
        try (RedisServer server = RedisServer.system(folder);
                RedisStore store = open(server)) {
            assertFound(store.examine(), "redis-unbounded", Severity.NOTE, "no maxmemory");
            server.ask("CONFIG SET maxmemory-policy allkeys-lru");

            assertFound(store.examine(), "redis-eviction", Severity.PROBLEM, "allkeys-lru");
        }
    }

    @Test
    void a_server_near_its_maxmemory_is_found() {
        try (RedisServer server = RedisServer.system(folder);
                RedisStore store = open(server)) {
            Matcher used = USED.matcher(server.ask("INFO memory"));
            assertThat(used.find()).isTrue();
            server.ask("CONFIG SET maxmemory " + Long.parseLong(used.group(1)) / 2);

            assertFound(store.examine(), "redis-memory", Severity.PROBLEM, "of its maxmemory of");
        }
    }

    @Test
    void a_server_that_cannot_write_its_snapshot_is_found() throws IOException {
        try (RedisServer server = RedisServer.system(folder);
                RedisStore store = open(server)) {
            store.enqueue(List.of(Jobs.work().newJob()));
            Files.createDirectories(folder.resolve("dump.rdb"));
            server.ask("BGSAVE");
            await(() -> server.ask("INFO persistence").contains("rdb_last_bgsave_status:err"));

            assertFound(store.examine(), "redis-disk", Severity.PROBLEM, "rdb_last_bgsave_status");
        }
    }

    @Test
    void a_replica_that_hangs_is_found() throws IOException {
        Path apart = Files.createDirectory(folder.resolve("replica"));
        try (RedisServer server = RedisServer.system(folder);
                RedisServer replica =
                        RedisServer.system(apart, "--replicaof", "127.0.0.1", Integer.toString(server.port()));
                RedisStore store = open(server)) {
            await(() -> replica.ask("INFO replication").contains("master_link_status:up"));
            await(() -> server.ask("INFO replication").contains("state=online"));
            assertThat(store.examine().findings()).extracting(Finding::code).doesNotContain("redis-replica");
            replica.process().pause();

            await(() -> found(store.examine(LITTLE), "redis-replica", Severity.WARNING, ":" + replica.port()));
            replica.process().resume();
        }
    }

    @Test
    void fewer_replicas_than_are_waited_for_are_found() {
        try (RedisServer server = RedisServer.system(folder);
                Store store = Stores.open(server.address() + "?wait=1")) {
            assertFound(store.examine(), "redis-replicas-few", Severity.PROBLEM, "has 0 replicas");
        }
    }

    @Test
    void a_job_with_a_large_payload_is_noted() {
        try (RedisServer server = RedisServer.system(folder);
                RedisStore store = open(server)) {
            store.enqueue(List.of(Jobs.work().payload(new byte[700 << 10]).newJob()));

            assertFound(store.examine(), "redis-large-keys", Severity.NOTE, "take more than 512 KiB");
        }
    }

    @Test
    void slow_scripts_of_the_store_are_found() {
        try (RedisServer server = RedisServer.system(folder);
                RedisStore store = open(server)) {
            store.enqueue(List.of(Jobs.work().newJob()));
            server.ask("CONFIG SET slowlog-log-slower-than 0");
            store.enqueue(List.of(Jobs.work().newJob()));

            assertFound(store.examine(LITTLE), "redis-slow-scripts", Severity.WARNING, "(enqueue)");
            assertThat(store.examine().findings()).extracting(Finding::code).doesNotContain("redis-slow-scripts");
        }
    }

    @Test
    void what_the_user_may_not_read_is_a_note() {
        try (RedisServer server = RedisServer.system(folder)) {
            server.ask("ACL SETUSER weak on >pass ~* &* +@all -@dangerous +info");
            try (Store store = Stores.open("redis://weak:pass@127.0.0.1:" + server.port())) {
                Examination examination = store.examine();

                assertFound(examination, "unread", Severity.NOTE, "could not look at appendfsync");
                assertFound(examination, "unread", Severity.NOTE, "could not look at slow scripts");
                assertThat(examination.worst()).contains(Severity.NOTE);
            }
        }
    }

    private static RedisStore open(RedisServer server) {
        return (RedisStore) Stores.open(server.address());
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited 60 s").isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
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
