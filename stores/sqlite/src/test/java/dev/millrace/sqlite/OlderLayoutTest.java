package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Keys;
import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Store;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.StoreDriver;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of the first layout, with jobs as the library wrote them that made it. */
class OlderLayoutTest {
    private static final UUID READY = UUID.randomUUID();
    private static final UUID LATER = UUID.randomUUID();

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void makeTheFirstLayout() throws Exception {
        file = folder.resolve("jobs.db");
        List<String> statements = Schema.steps(0, 1);
        Stores.execute(file, statements.toArray(String[]::new));
        Stores.execute(
                file,
                "INSERT INTO millrace_lane VALUES (1, '" + Jobs.QUEUE + "', '" + Jobs.WORK + "')",
                job(1, READY, 2, 0),
                job(2, LATER, 1, 4_000_000_000_000_000L),
                "INSERT INTO millrace_count VALUES (2, 1, 1), (1, 1, 1)",
                spec(1, "'a'"),
                spec(2, "NULL"),
                "INSERT INTO millrace_unique VALUES ('" + Jobs.WORK + "', 'a', unhex('" + hex(READY) + "'))");
    }

    /** Marked with SPEC, and the first with KEY. */
    private static String job(long seq, UUID id, int state, long due) {
        return "INSERT INTO millrace_job (seq, id, lane, state, marks, priority, due, created, payload) VALUES (" + seq
                + ", unhex('" + hex(id) + "'), 1, " + state + ", " + (seq == 1 ? 12 : 4) + ", 0, " + due
                + ", 0, x'01')";
    }

    /** Without tags and metadata, in the group "7". */
    private static String spec(long seq, String uniqueKey) {
        return "INSERT INTO millrace_spec (seq, labels, unique_key, group_key, group_limit) VALUES (" + seq
                + ", zeroblob(8), " + uniqueKey + ", '7', 1)";
    }

    private static String hex(UUID id) {
        return id.toString().replace("-", "");
    }

    @Test
    void what_a_migration_would_do_is_told_and_is_one_step() throws Exception {
        LayoutPlan plan = Stores.layout(file, "");

        assertThat(plan.present()).isEqualTo(1);
        assertThat(plan.current()).isEqualTo(2);
        assertThat(plan.script()).contains("ALTER TABLE millrace_spec").doesNotContain("CREATE TABLE millrace_job ");
        try (Connection connection = Stores.connect(file)) {
            assertThat(Stores.query(connection, "SELECT value FROM millrace_meta WHERE name = 'schema'"))
                    .isEqualTo("1");
        }
    }

    @Test
    void its_jobs_keep_their_keys_and_have_places_in_their_groups() {
        ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
        try (Store store = Stores.open(file, "", clock)) {
            assertThat(store.verify()).isEmpty();
            StoreDriver driver = new StoreDriver(store, clock);
            assertThat(driver.job(READY).spec().keys())
                    .isEqualTo(new Keys(Keys.Unique.of("a"), Keys.Group.serial("7"), null));
            assertThat(driver.job(LATER).spec().keys()).isEqualTo(new Keys(null, Keys.Group.serial("7"), null));
            assertThat(driver.offer(Jobs.work().unique("a"))).isEqualTo(new Answer.Duplicate(READY));

            JobDraft next = Jobs.work().serial("7");
            driver.enqueue(next);
            JobRecord blocked = driver.job(next.id());
            assertThat(blocked.state()).isEqualTo(JobState.BLOCKED);
            assertThat(blocked.gate()).isEqualTo(JobRecord.Gate.GROUP);
            var session = driver.session();
            session.succeed(session.take(READY));

            assertThat(driver.state(next.id())).isEqualTo(JobState.READY);
            assertThat(driver.offer(Jobs.work().unique("a"))).isInstanceOf(Answer.Stored.class);
            assertThat(store.verify()).isEmpty();
        }
    }
}
