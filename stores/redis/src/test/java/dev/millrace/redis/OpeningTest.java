package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.StoreException;
import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.server.FreePorts;
import dev.millrace.testkit.server.RedisServer;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused when a store is opened, and what it says of itself. */
class OpeningTest {
    @TempDir
    Path folder;

    @Test
    void a_server_that_evicts_is_refused_with_the_remedy() {
        try (RedisServer server = RedisServer.oldest(folder, "--maxmemory-policy", "allkeys-lru")) {
            assertThatThrownBy(() -> Stores.open(server.address()))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("allkeys-lru")
                    .hasMessageContaining("CONFIG SET maxmemory-policy noeviction");
        }
    }

    @Test
    void a_wrong_or_missing_password_is_said_and_never_shown() {
        try (RedisServer server = RedisServer.system(folder, "--requirepass", "right")) {
            String place = "127.0.0.1:" + server.port();
            assertThatThrownBy(() -> Stores.open("redis://:wr0ng@" + place))
                    .isInstanceOf(StoreException.class)
                    .isNotInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("password")
                    .hasMessageNotContaining("wr0ng");
            assertThatThrownBy(() -> Stores.open("redis://" + place))
                    .isInstanceOf(StoreException.class)
                    .isNotInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("wants a password");
            try (Store store = Stores.open("redis://:right@" + place)) {
                assertThat(store.info().address()).doesNotContain("right");
            }
        }
    }

    @Test
    void the_layout_is_told_before_and_after_the_first_opening_and_looking_writes_nothing() {
        String address = TestServer.shared().address() + "?prefix=o" + UUID.randomUUID();
        LayoutPlan plan = Stores.layout(address + "&partitions=3");
        assertThat(plan.present()).isZero();
        assertThat(plan.script()).contains("schema " + Opening.SCHEMA).contains("partitions 3");
        assertThat(Stores.layout(address + "&partitions=3")).isEqualTo(plan);

        Stores.open(address + "&partitions=3").close();

        assertThat(Stores.layout(address)).isEqualTo(new LayoutPlan(Opening.SCHEMA, Opening.SCHEMA, ""));
    }

    @Test
    void an_older_layout_is_brought_up_to_date_and_a_newer_one_is_refused_unless_it_says_that_it_can_be_used() {
        String prefix = "o" + UUID.randomUUID();
        String address = TestServer.shared().address() + "?prefix=" + prefix;
        String meta = Unpack.utf8(Partition.of(prefix, 0).key("meta"));
        TestServer.shared().ask("HSET " + meta + " schema 1 partitions 1");
        assertThat(Stores.layout(address).present()).isEqualTo(1);
        Stores.open(address).close();
        assertThat(Stores.layout(address)).isEqualTo(new LayoutPlan(Opening.SCHEMA, Opening.SCHEMA, ""));

        int next = Opening.SCHEMA + 1;
        TestServer.shared().ask("HSET " + meta + " schema " + next);
        assertThatThrownBy(() -> Stores.open(address))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("a store of layout " + next)
                .hasMessageContaining("use a newer millrace-redis");
        assertThatThrownBy(() -> Stores.layout(address)).isInstanceOf(StoreException.class);

        TestServer.shared().ask("HSET " + meta + " usableFrom " + Opening.SCHEMA);
        Stores.open(address).close();
        assertThat(TestServer.shared().ask("HGET " + meta + " schema")).contains(String.valueOf(next));
    }

    @Test
    void the_number_of_partitions_is_fixed_by_the_first_opening() {
        String address = TestServer.shared().address() + "?prefix=o" + UUID.randomUUID();
        Stores.open(address + "&partitions=3").close();

        Stores.open(address).close();
        assertThatThrownBy(() -> Stores.open(address + "&partitions=4"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("a store of 3 partitions");
    }

    @Test
    void a_server_without_an_append_only_file_is_opened_and_the_store_says_what_that_means() {
        try (RedisServer server = RedisServer.system(folder, "--appendonly", "no");
                Store store = Stores.open(server.address())) {
            assertThat(store.info().durability()).contains("appendonly=no");
        }
    }

    @Test
    void a_server_out_of_reach_is_said_to_be_so_and_may_come_back() {
        assertThatThrownBy(() -> Stores.open("redis://127.0.0.1:" + FreePorts.next()))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("cannot be reached");
    }

    @Test
    void a_node_of_a_cluster_is_not_taken_for_a_single_server() {
        int port = TestServer.cluster().node(0).port();
        assertThatThrownBy(() -> Stores.open("redis://127.0.0.1:" + port))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("redis+cluster://");
    }
}
