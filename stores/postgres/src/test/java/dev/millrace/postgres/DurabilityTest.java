package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Store;
import org.junit.jupiter.api.Test;

/** What a store says that its data outlives. */
class DurabilityTest {
    @Test
    void a_server_that_does_not_wait_for_its_disk_is_not_said_to_outlive_power_loss() {
        String schema = Servers.NEW.schema();
        try (Store store = Stores.open(Servers.NEW.server().url() + "?schema=" + schema)) {
            assertThat(store.info().durability()).startsWith("process death").contains("fsync=off");
        } finally {
            Servers.NEW.recycle(schema);
        }
    }

    @Test
    void a_server_that_cannot_mend_torn_pages_is_not_said_to_outlive_power_loss() {
        assertThat(new Durability("on", true, false, "").outlives())
                .startsWith("process death")
                .contains("full_page_writes=off");
    }

    @Test
    void a_server_that_syncs_outlives_power_loss_unless_commits_do_not_wait() {
        assertThat(new Durability("on", true, true, "").outlives()).startsWith("power loss (");
        assertThat(new Durability("off", true, true, "spare").outlives())
                .startsWith("process death")
                .contains("synchronous_commit=off");
    }

    @Test
    void the_loss_of_the_primary_is_outlived_only_where_commits_wait_for_a_standby() {
        assertThat(new Durability("on", true, true, "spare").outlives()).contains("loss of the primary");
        assertThat(new Durability("remote_apply", true, true, "spare").outlives())
                .contains("loss of the primary");
        assertThat(new Durability("local", true, true, "spare").outlives()).doesNotContain("primary");
        assertThat(new Durability("remote_apply", true, true, "").outlives())
                .doesNotContain("primary")
                .contains("names no standby");
    }
}
