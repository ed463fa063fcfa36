package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.StoreException;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.server.FreePorts;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may open what, and what is said when it cannot be. */
class OpeningTest {
    private final String schema = "opening_" + UUID.randomUUID().toString().substring(0, 8);
    private final String address = Servers.NEW.server().url() + "?schema=" + schema;

    @AfterEach
    void drop() {
        Servers.NEW.run("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
    }

    @Test
    void ten_at_once_open_an_empty_database() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(10);
        List<Future<Store>> opening = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            opening.add(threads.submit(() -> Stores.open(address)));
        }
        UUID id = Jobs.newId();
        for (Future<Store> each : opening) {
            try (Store store = each.get()) {
                store.enqueue(List.of(NewJob.now(JobSpec.plain(id, "work", "default", new byte[0]))));
                assertThat(store.page(Filter.ALL, null, 10).jobs()).hasSize(1);
            }
        }
        threads.shutdown();
    }

    @Test
    void the_script_of_the_layout_makes_the_layout_and_printing_it_makes_nothing() {
        LayoutPlan plan = Stores.layout(address);
        assertThat(plan.present()).isZero();
        assertThat(plan.current()).isEqualTo(Schema.CURRENT.version());
        assertThat(plan.script()).startsWith("BEGIN;").contains("CREATE SCHEMA").endsWith("COMMIT;\n");
        assertThat(Stores.layout(address)).isEqualTo(plan);

        Servers.NEW.run(plan.script());

        assertThat(Stores.layout(address))
                .isEqualTo(new LayoutPlan(Schema.CURRENT.version(), Schema.CURRENT.version(), ""));
        try (Store store = Stores.open(address)) {
            store.enqueue(List.of(Jobs.work().newJob()));
            assertThat(store.verify()).isEmpty();
        }
    }

    @Test
    void a_newer_layout_is_refused_by_looking_too() {
        Stores.open(address).close();
        Servers.NEW.run("UPDATE " + schema + ".meta SET value = 99 WHERE name IN ('schema', 'usable_from')");

        assertThatThrownBy(() -> Stores.layout(address))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("layout 99");
    }

    @Test
    void a_newer_layout_is_refused_and_left_as_it_is() {
        Stores.open(address).close();
        Servers.NEW.run("UPDATE " + schema + ".meta SET value = 99 WHERE name IN ('schema', 'usable_from')");

        assertThatThrownBy(() -> Stores.open(address))
                .isInstanceOf(StoreException.class)
                .isNotInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("layout 99")
                .hasMessageContaining("newer Millrace");
    }

    @Test
    void a_newer_layout_that_says_that_this_version_can_use_it_is_used_and_left_as_it_is() {
        Stores.open(address).close();
        Servers.NEW.run("UPDATE " + schema + ".meta SET value = 2 WHERE name = 'schema'");

        try (Store store = Stores.open(address)) {
            assertThat(store.page(Filter.ALL, null, 10).jobs()).isEmpty();
        }
        Servers.NEW.run("DO $$ BEGIN ASSERT (SELECT value FROM " + schema + ".meta WHERE name = 'schema') = 2; END $$");
    }

    @Test
    void a_schema_of_any_name_is_quoted() {
        String odd = "Opening, select; * " + schema;
        try (Store store = Stores.open(Servers.NEW.server().url() + "?schema=" + odd.replace(" ", "%20"))) {
            UUID id = Jobs.newId();
            assertThat(store.enqueue(List.of(NewJob.now(JobSpec.plain(id, "work", "default", new byte[0])))))
                    .containsExactly(new Answer.Stored(id));
            assertThat(store.verify()).isEmpty();
        }
        Servers.NEW.run("DROP SCHEMA \"" + odd + "\" CASCADE");
    }

    @Test
    void a_user_without_rights_is_told_what_to_run() {
        Servers.NEW.run("CREATE ROLE nobody_" + schema + " LOGIN");
        try {
            String as = address.replace("postgres@", "nobody_" + schema + "@");

            assertThatThrownBy(() -> Stores.open(as))
                    .isInstanceOf(StoreException.class)
                    .isNotInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("CREATE SCHEMA")
                    .hasMessageContaining("GRANT");
        } finally {
            Servers.NEW.run("DROP ROLE nobody_" + schema);
        }
    }

    @Test
    void a_user_who_owns_just_the_schema_may_use_it() {
        String role = "owner_" + schema;
        Servers.NEW.run("CREATE ROLE " + role + " LOGIN; CREATE SCHEMA " + schema + " AUTHORIZATION " + role);
        try (Store store = Stores.open(address.replace("postgres@", role + "@"))) {
            assertThat(store.verify()).isEmpty();
        } finally {
            Servers.NEW.run("DROP OWNED BY " + role + "; DROP ROLE " + role);
        }
    }

    @Test
    void an_unknown_user_and_an_unknown_database_are_told_apart() {
        assertThatThrownBy(() -> Stores.open(address.replace("postgres@", "ghost:secret-word@")))
                .isInstanceOf(StoreException.class)
                .isNotInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("user or its password")
                .hasMessageNotContaining("secret-word");
        assertThatThrownBy(() -> Stores.open(address.replace("/postgres?", "/nowhere?")))
                .isInstanceOf(StoreException.class)
                .isNotInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("no such database");
    }

    @Test
    void a_server_that_is_not_there_may_come_back() {
        String nobody = "postgresql://postgres:secret-word@127.0.0.1:" + FreePorts.next() + "/postgres";

        assertThatThrownBy(() -> Stores.open(nobody))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("cannot be reached")
                .hasMessageNotContaining("secret-word");
    }

    @Test
    void a_database_that_has_no_room_for_every_character_is_refused() {
        String name = "latin_" + schema;
        Servers.NEW.run("CREATE DATABASE " + name + " ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
        try {
            assertThatThrownBy(() -> Stores.open(address.replace("/postgres?", "/" + name + "?")))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("UTF8");
        } finally {
            Servers.NEW.run("DROP DATABASE " + name + " WITH (FORCE)");
        }
    }

    @Test
    void a_store_that_is_closed_lets_a_call_under_way_end() throws Exception {
        Store store = Stores.open(address + "&socket_timeout=5m");
        ExecutorService threads = Executors.newSingleThreadExecutor();
        UUID id = Jobs.newId();
        Thread closing = new Thread(store::close);
        try (Latch latch = Latch.before("INSERT", Servers.NEW, schema, "job")) {
            Future<List<Answer>> enqueueing = threads.submit(
                    () -> store.enqueue(List.of(NewJob.now(JobSpec.plain(id, "work", "default", new byte[0])))));
            latch.awaitSomeone();
            closing.start();
            awaitRefusal(store);
            latch.open();

            assertThat(enqueueing.get()).containsExactly(new Answer.Stored(id));
        }
        closing.join();
        threads.shutdown();
    }

    private static void awaitRefusal(Store store) {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        boolean refused = false;
        while (!refused) {
            assertThat(System.nanoTime()).as("the closed store takes calls").isLessThan(end);
            try {
                store.now();
            } catch (StoreException e) {
                refused = e.getMessage().contains("is closed");
            }
        }
    }

    @Test
    void a_closed_store_says_so() {
        Store store = Stores.open(address);
        store.close();

        assertThatThrownBy(store::counts).isInstanceOf(StoreException.class).hasMessageContaining("is closed");
    }
}
