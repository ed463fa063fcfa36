package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.StoreException;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Finding;
import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.Transfer.Item;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A user who may not make tables, and an administrator who makes them for it. */
class RolesTest {
    private static final int MANY = Segment.MANY + 200;

    private final String role = "app_" + UUID.randomUUID().toString().substring(0, 8);
    /** A name that is none without quotes. */
    private final String schema = "Jobs of " + role;

    private final String address = Servers.NEW.server().url().replace("postgres@", role + "@") + "?schema="
            + URLEncoder.encode(schema, StandardCharsets.UTF_8).replace("+", "%20");
    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));

    @BeforeEach
    void create() {
        Servers.NEW.run("CREATE ROLE " + role + " LOGIN");
    }

    @AfterEach
    void drop() {
        Servers.NEW.run(
                "DROP SCHEMA IF EXISTS \"" + schema + "\" CASCADE; DROP OWNED BY " + role + "; DROP ROLE " + role);
    }

    @Test
    void a_user_who_may_not_make_tables_is_told_who_has_to_run_what_and_where() {
        assertThatThrownBy(() -> Stores.open(address))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("the user \"" + role + "\" may not")
                .hasMessageContaining("Nothing was changed")
                .hasMessageContaining("owner of database \"postgres\"")
                .hasMessageContaining("schema \"" + schema + "\"")
                .hasMessageContaining("millrace migrate --print");
    }

    @Test
    void what_is_printed_for_a_user_lets_it_do_everything_once_an_administrator_has_run_it() {
        Servers.NEW.run(Stores.layout(address).script());

        assertThat(Stores.layout(address)).isEqualTo(new LayoutPlan(2, 2, ""));
        try (Store store = Stores.open(address, clock)) {
            StoreDriver driver = new StoreDriver(store, clock);
            succeed(store, driver);
            store.putNote("space", "name", new byte[1], Notes.ABSENT, null);
            List<Item> items = store.exportPage(null, 10).items();
            driver.delete(((Item.Job) items.get(0)).job().id());
            assertThat(store.importItems(items)).isEqualTo(1);
            driver.sweep();
            clock.advance(Duration.ofDays(2));

            assertThat(driver.sweep().purged()).isGreaterThanOrEqualTo(Segment.MANY);
            while (driver.sweep().purged() > 0) {
                // the one that was imported
            }
            assertThat(store.counts()).isEmpty();
            assertThat(store.verify()).isEmpty();
            assertThat(store.examine().findings()).extracting(Finding::code).doesNotContain("pg-truncate");
            store.optimize();
        }
    }

    @Test
    void without_the_right_to_truncate_jobs_go_one_by_one_and_the_doctor_says_so() {
        Servers.NEW.run(Stores.layout(address).script());
        Servers.NEW.run("REVOKE TRUNCATE ON ALL TABLES IN SCHEMA \"" + schema + "\" FROM " + role);
        try (Store store = Stores.open(address, clock)) {
            StoreDriver driver = new StoreDriver(store, clock);
            succeed(store, driver);
            driver.sweep();
            clock.advance(Duration.ofDays(1));

            assertThat(store.examine().findings())
                    .filteredOn(finding -> finding.code().equals("pg-truncate"))
                    .extracting(Finding::remedy)
                    .singleElement()
                    .asString()
                    .contains("GRANT TRUNCATE", role);
            assertThat(driver.sweep().purged()).isEqualTo(1_000);
            assertThat(driver.sweep().purged()).isEqualTo(MANY - 1_000);
            assertThat(store.verify()).isEmpty();
        }
    }

    @Test
    void without_the_right_to_truncate_no_more_jobs_come_into_a_segment_until_it_is_granted() {
        Servers.NEW.run(Stores.layout(address).script());
        Servers.NEW.run("REVOKE TRUNCATE ON ALL TABLES IN SCHEMA \"" + schema + "\" FROM " + role);
        try (Store store = Stores.open(address, clock)) {
            StoreDriver driver = new StoreDriver(store, clock);
            driver.sweep();
            succeed(store, driver);
            assertThat(segments()).containsExactly(Ring.ROWS);
            assertThat(store.verify()).isEmpty();

            Servers.NEW.run("GRANT TRUNCATE ON ALL TABLES IN SCHEMA \"" + schema + "\" TO " + role);
            driver.sweep();
            succeed(store, driver);
            assertThat(segments()).hasSize(2).contains(Ring.ROWS);
            assertThat(store.verify()).isEmpty();
        }
    }

    /** The segments that have jobs. */
    private List<Integer> segments() {
        List<Integer> segments = new ArrayList<>();
        try (Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT DISTINCT segment FROM \"" + schema + "\".history ORDER BY segment")) {
            while (rows.next()) {
                segments.add(rows.getInt(1));
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        return segments;
    }

    private static void succeed(Store store, StoreDriver driver) {
        store.enqueue(Jobs.many(MANY, Jobs.WORK).stream().map(JobDraft::newJob).toList());
        SessionDriver session = driver.session();
        List<ClaimedJob> claimed = session.claim(500);
        while (!claimed.isEmpty()) {
            session.settle(claimed.stream()
                    .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                    .toList());
            claimed = session.claim(500);
        }
    }
}
