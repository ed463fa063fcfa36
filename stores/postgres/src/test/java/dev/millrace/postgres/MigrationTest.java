package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.StoreException;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Intake;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.Keys;
import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From one version of the layout to the next, while the version before is at work. */
class MigrationTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Schema.Step FIRST = new Schema.Step(1, 1, Tables.FIRST);
    private static final Schema.Step SECOND = new Schema.Step(2, 2, FlowTables.SECOND);
    /** As a next version might be: a column, and an index of it, that the one before can do without. */
    private static final Schema.Step THIRD = new Schema.Step(
            3,
            2,
            "ALTER TABLE @job ADD COLUMN colour text; CREATE INDEX job_colour ON @job (colour) WHERE colour IS NOT NULL");

    private static final Schema NEXT = new Schema(List.of(FIRST, SECOND, THIRD), PATIENCE);

    private final String schema = "migration_" + UUID.randomUUID().toString().substring(0, 8);
    private final String address = Servers.NEW.server().url() + "?schema=" + schema;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void drop() {
        threads.shutdown();
        Servers.NEW.run("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
    }

    @Test
    void two_processes_open_an_empty_database_at_once_and_both_work() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            processes.add(new ProcessBuilder(
                            System.getProperty("java.home") + "/bin/java",
                            "-cp",
                            System.getProperty("java.class.path"),
                            OneJob.class.getName(),
                            address)
                    .redirectErrorStream(true)
                    .start());
        }
        for (Process process : processes) {
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
        }

        try (Store store = Stores.open(address)) {
            assertThat(store.counts()).extracting(JobCount::count).containsExactly(2L);
            assertThat(store.verify()).isEmpty();
        }
    }

    /** A process that opens a store and leaves a job there. */
    static final class OneJob {
        private OneJob() {}

        public static void main(String[] arguments) {
            try (Store store = Stores.open(arguments[0])) {
                store.enqueue(List.of(Jobs.work().newJob()));
            }
        }
    }

    @Test
    void workers_of_two_versions_work_side_by_side_and_one_goes_on_while_the_other_migrates() throws Exception {
        List<JobDraft> drafts = Jobs.many(2_000, Jobs.WORK);
        AtomicBoolean migrated = new AtomicBoolean();
        try (Store before = Stores.open(address)) {
            before.enqueue(drafts.stream().map(JobDraft::newJob).toList());
            Future<Integer> working = threads.submit(() -> {
                SessionDriver session = session(before);
                int done = work(session);
                while (!migrated.get()) {
                    before.enqueue(List.of(Jobs.work().newJob()));
                    done += work(session);
                }
                before.enqueue(List.of(Jobs.work().newJob()));
                return done + work(session);
            });
            try (Store after = Stores.open(address, NEXT)) {
                assertThat(after.info().schema()).isEqualTo(3);
                migrated.set(true);
                SessionDriver session = session(after);
                after.enqueue(
                        Jobs.many(100, Jobs.WORK).stream().map(JobDraft::newJob).toList());
                int done = work(session) + working.get() + work(session);

                assertThat(after.counts()).extracting(JobCount::state).containsExactly(JobState.SUCCEEDED);
                assertThat(after.counts()).extracting(JobCount::count).containsExactly((long) done);
                assertThat(done).isGreaterThan(2_100);
                assertThat(after.verify()).isEmpty();
                assertThat(before.verify()).isEmpty();
            }
        }
        Stores.open(address).close();
        assertThat(Stores.layout(address)).isEqualTo(new LayoutPlan(3, 2, ""));
    }

    private static SessionDriver session(Store store) {
        return new StoreDriver(store, new ManualClock(Instant.EPOCH)).session();
    }

    /** Runs what there is, and says how much. */
    private static int work(SessionDriver session) {
        int done = 0;
        List<ClaimedJob> claimed = session.claim(100);
        while (!claimed.isEmpty()) {
            session.settle(claimed.stream()
                    .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                    .toList());
            done += claimed.size();
            claimed = session.claim(100);
        }
        return done;
    }

    @Test
    void a_step_that_has_to_wait_for_a_lock_lets_others_work_meanwhile() throws Exception {
        try (Store before = Stores.open(address);
                Connection reader = Servers.NEW.connect();
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("SELECT count(*) FROM " + schema + ".job");
            Future<PostgresStore> migrating = threads.submit(() -> Stores.open(address, NEXT));
            try (Connection looking = Servers.NEW.connect()) {
                Latch.await(
                        looking,
                        "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = to_regclass('" + schema + ".job')");
            }
            SessionDriver session = session(before);
            for (int i = 0; i < 20; i++) {
                before.enqueue(List.of(Jobs.work().newJob()));
                assertThat(work(session)).isEqualTo(1);
            }
            assertThat(migrating).isNotDone();
            reader.rollback();

            migrating.get().close();
            assertThat(Stores.layout(address).present()).isEqualTo(3);
        }
    }

    @Test
    void a_step_that_never_gets_its_lock_is_given_up_and_changes_nothing() throws SQLException {
        Stores.open(address).close();
        try (Connection reader = Servers.NEW.connect();
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("SELECT count(*) FROM " + schema + ".job");

            assertThatThrownBy(
                            () -> Stores.open(address, new Schema(List.of(FIRST, SECOND, THIRD), Duration.ofMillis(1))))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("another transaction has held a lock")
                    .hasMessageContaining("Nothing was changed");
        }
        assertThat(Stores.layout(address).present()).isEqualTo(2);
    }

    @Test
    void the_script_for_an_older_layout_has_the_missing_steps_alone() {
        Stores.open(address).close();

        LayoutPlan plan = Stores.layout(address, NEXT);
        assertThat(plan.present()).isEqualTo(2);
        assertThat(plan.current()).isEqualTo(3);
        assertThat(plan.script())
                .contains("ADD COLUMN colour", "SET LOCAL lock_timeout")
                .doesNotContain("CREATE TABLE");
        Servers.NEW.run(plan.script());

        assertThat(Stores.layout(address, NEXT)).isEqualTo(new LayoutPlan(3, 3, ""));
        Stores.open(address, NEXT).close();
    }

    @Test
    void a_version_that_the_next_layout_leaves_behind_is_refused_and_told_what_to_use() {
        Schema breaking = new Schema(List.of(FIRST, SECOND, new Schema.Step(3, 3, THIRD.script())), PATIENCE);
        Stores.open(address, breaking).close();

        assertThatThrownBy(() -> Stores.open(address))
                .isInstanceOf(StoreException.class)
                .isNotInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("has layout 3, and this Millrace knows layouts up to 2")
                .hasMessageContaining("Use the newer Millrace");
    }

    /** It would end jobs that others wait for, and jobs with groups, and tell nobody. */
    @Test
    void a_version_that_knows_the_first_layout_alone_is_kept_from_the_second() {
        Schema first = new Schema(List.of(FIRST), PATIENCE);
        Stores.open(address).close();

        assertThatThrownBy(() -> Stores.open(address, first))
                .isInstanceOf(StoreException.class)
                .isNotInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("has layout 2, and this Millrace knows layouts up to 1")
                .hasMessageContaining("Use the newer Millrace");
        Stores.open(address, NEXT).close();
        Stores.open(address).close();
        assertThatThrownBy(() -> Stores.open(address, first)).isInstanceOf(StoreException.class);
    }

    /** What the first version of the library wrote. */
    private void insertAsTheFirst(UUID id, String key, String group, int limit) {
        String in = schema + ".";
        Servers.NEW.run("INSERT INTO " + in + "lane (lane, queue, kind) VALUES (7, 'default', '" + Jobs.WORK
                + "') ON CONFLICT DO NOTHING");
        Servers.NEW.run("INSERT INTO " + in + "job (id, lane, state, marks, priority, due, created, payload) VALUES ('"
                + id + "', 7, 2, " + (Marks.SPEC | Marks.KEY) + ", 0, 0, 0, '')");
        Servers.NEW.run("INSERT INTO " + in + "tally (lane, ready) VALUES (7, 1)");
        Servers.NEW.run("INSERT INTO " + in + "holder (kind, name, id) VALUES ('" + Jobs.WORK + "', '" + key + "', '"
                + id + "')");
        Servers.NEW.run("INSERT INTO " + in + "spec (id, tags, meta, unique_key, group_key, group_limit) VALUES ('" + id
                + "', '{}', '\\x00000000', '" + key + "', '" + group + "', " + limit + ")");
    }

    @Test
    void jobs_of_the_first_layout_keep_their_keys_and_run() {
        Servers.NEW.run(
                Stores.layout(address, new Schema(List.of(FIRST), PATIENCE)).script());
        UUID early = Jobs.newId();
        insertAsTheFirst(early, "a", "7", 1);
        UUID late = Jobs.newId();
        insertAsTheFirst(late, "b", "8", 5);

        try (Store store = Stores.open(address)) {
            assertThat(Stores.layout(address)).isEqualTo(new LayoutPlan(2, 2, ""));

            assertThat(keys(store, early)).isEqualTo(new Keys(Keys.Unique.of("a"), Keys.Group.serial("7"), null));
            assertThat(keys(store, late))
                    .isEqualTo(new Keys(Keys.Unique.of("b"), new Keys.Group("group", "8", false), null));
            assertThat(store.enqueue(List.of(Jobs.work().unique("a").newJob())))
                    .containsExactly(new Intake.Answer.Duplicate(early));
            assertThat(store.verify()).isEmpty();
            assertThat(work(session(store))).isEqualTo(2);
            assertThat(store.enqueue(List.of(Jobs.work().unique("a").newJob())))
                    .hasOnlyElementsOfType(Intake.Answer.Stored.class);
            assertThat(store.verify()).isEmpty();
        }
    }

    private static Keys keys(Store store, UUID id) {
        return store.get(Set.of(id)).get(0).spec().keys();
    }
}
