package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.StoreException;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.LayoutPlan;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.spi.Sweep;
import dev.millrace.testkit.Jobs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqliteOpeningTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("jobs.db");
    }

    @Test
    void a_store_says_what_it_is_and_what_its_jobs_survive() {
        try (Store store = Stores.open(file, "")) {
            assertThat(store.info().engine()).isEqualTo("sqlite");
            assertThat(store.info().address()).isEqualTo("sqlite:" + file);
            assertThat(store.info().version()).startsWith("3.");
            assertThat(store.info().schema()).isEqualTo(Schema.VERSION);
            assertThat(store.info().durability()).contains("power loss", "FULL");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', 2",
        "?synchronous=OFF, 0",
        "?synchronous=NORMAL, 1",
        "?synchronous=FULL, 2",
        "?synchronous=EXTRA, 3"
    })
    void the_writer_syncs_as_the_address_says(String parameters, String effective) throws Exception {
        Settings settings = Settings.of(StoreAddress.parse("sqlite:" + file + parameters));
        try (Connection writer = new Database(settings, new SqliteErrors(settings)).openWriter()) {
            assertThat(Stores.query(writer, "PRAGMA synchronous")).isEqualTo(effective);
            assertThat(Stores.query(writer, "PRAGMA journal_mode")).isEqualTo("wal");
        }
    }

    @Test
    void a_newer_layout_is_refused_and_left_as_it_is() throws Exception {
        Stores.open(file, "").close();
        Stores.execute(file, "UPDATE millrace_meta SET value = 1000 WHERE name = 'schema'");

        for (String parameters : List.of("", "?mode=ro")) {
            assertThatThrownBy(() -> Stores.open(file, parameters))
                    .isExactlyInstanceOf(StoreException.class)
                    .hasMessageContaining("layout 1000")
                    .hasMessageContaining("newer Millrace");
        }
        try (Connection connection = Stores.connect(file)) {
            assertThat(Stores.query(connection, "SELECT value FROM millrace_meta WHERE name = 'schema'"))
                    .isEqualTo("1000");
        }
    }

    @Test
    void the_script_of_the_layout_makes_the_layout_and_printing_it_makes_nothing() throws Exception {
        LayoutPlan plan = Stores.layout(file, "");
        assertThat(plan.present()).isZero();
        assertThat(plan.current()).isEqualTo(Schema.VERSION);
        assertThat(folder).isEmptyDirectory();

        Stores.execute(file, plan.script().split(";\\n"));

        assertThat(Stores.layout(file, "")).isEqualTo(new LayoutPlan(Schema.VERSION, Schema.VERSION, ""));
        Path other = folder.resolve("other.db");
        Stores.open(other, "").close();
        try (Connection printed = Stores.connect(file);
                Connection opened = Stores.connect(other)) {
            String all =
                    "SELECT group_concat(name || coalesce(sql, '')) FROM (SELECT name, sql FROM sqlite_schema ORDER BY name)";
            assertThat(Stores.query(printed, all)).isEqualTo(Stores.query(opened, all));
        }
        try (Store store = Stores.open(file, "?mode=ro")) {
            assertThat(store.verify()).isEmpty();
        }
    }

    @Test
    void a_newer_layout_is_refused_by_looking_too() throws Exception {
        Stores.open(file, "").close();
        Stores.execute(file, "UPDATE millrace_meta SET value = 1000 WHERE name = 'schema'");

        assertThatThrownBy(() -> Stores.layout(file, ""))
                .isExactlyInstanceOf(StoreException.class)
                .hasMessageContaining("layout 1000");
    }

    @Test
    void an_applications_own_database_takes_the_queue_in() throws Exception {
        Stores.execute(
                file,
                "PRAGMA user_version = 42",
                "PRAGMA application_id = 4711",
                "CREATE TABLE job (id INTEGER PRIMARY KEY, state TEXT)",
                "INSERT INTO job VALUES (1, 'mine')");

        try (Store store = Stores.open(file, "")) {
            store.enqueue(List.of(Jobs.work().newJob()));
            assertThat(store.verify()).isEmpty();
        }
        try (Connection connection = Stores.connect(file)) {
            assertThat(Stores.query(connection, "SELECT state FROM job")).isEqualTo("mine");
            assertThat(Stores.query(connection, "PRAGMA user_version")).isEqualTo("42");
            assertThat(Stores.query(connection, "PRAGMA application_id")).isEqualTo("4711");
            assertThat(
                            Stores.query(
                                    connection,
                                    "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'job' AND tbl_name NOT LIKE 'millrace_%'"))
                    .isEqualTo("0");
        }
    }

    @Test
    void a_layout_left_half_made_by_a_crash_is_made_whole() throws Exception {
        Stores.execute(
                file,
                "CREATE TABLE millrace_meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID");

        try (Store store = Stores.open(file, "")) {
            assertThat(store.enqueue(List.of(Jobs.work().newJob()))).hasOnlyElementsOfType(Answer.Stored.class);
        }
        try (Store store = Stores.open(file, "")) {
            assertThat(store.page(Filter.ALL, null, 10).jobs()).hasSize(1);
        }
    }

    @Test
    void statistics_that_an_application_makes_do_not_change_how_jobs_are_found() throws Exception {
        Stores.open(file, "").close();
        Stores.execute(file, "ANALYZE");

        try (Store store = Stores.open(file, "")) {
            store.enqueue(List.of(Jobs.work().newJob()));
            store.sweep(new Sweep(Duration.ofSeconds(30), 10));
            store.optimize();
            assertThat(store.verify()).isEmpty();
        }
    }

    @Test
    void a_file_of_another_kind_is_refused_and_left_as_it_is() throws Exception {
        String text = "this is no database, but somebody's notes\n".repeat(100);
        Files.writeString(file, text);

        assertThatThrownBy(() -> Stores.open(file, ""))
                .isExactlyInstanceOf(StoreException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("not a SQLite database");
        assertThat(Files.readString(file)).isEqualTo(text);
    }

    @Test
    void a_missing_folder_is_named() {
        assertThatThrownBy(() -> Stores.open(folder.resolve("missing/jobs.db"), ""))
                .isExactlyInstanceOf(StoreException.class)
                .hasMessageContaining("missing")
                .hasMessageContaining("folder does not exist");
    }

    @Test
    void a_folder_is_no_store() {
        assertThatThrownBy(() -> Stores.open(folder, ""))
                .isExactlyInstanceOf(StoreException.class)
                .hasMessageContaining("is a folder");
    }

    @Test
    void a_closed_store_says_so() {
        Store store = Stores.open(file, "");
        store.close();

        assertThatThrownBy(() -> store.enqueue(List.of(Jobs.work().newJob())))
                .isInstanceOf(StoreException.class)
                .isNotInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("is closed");
        assertThatThrownBy(store::counts).isInstanceOf(StoreException.class).hasMessageContaining("is closed");
        store.close();
    }

    @Test
    void mode_ro_looks_and_changes_nothing() {
        try (Store store = Stores.open(file, "")) {
            store.enqueue(List.of(Jobs.work().newJob()));
            store.putNote("space", "key", new byte[] {1}, 0, null);

            try (Store looking = Stores.open(file, "?mode=ro")) {
                assertThat(looking.page(Filter.ALL, null, 10).jobs()).hasSize(1);
                assertThat(looking.counts()).hasSize(1);
                assertThat(looking.note("space", "key")).isPresent();
                assertThat(looking.exportPage(null, 10).items()).hasSize(2);
                assertThat(looking.verify()).isEmpty();
                assertThatThrownBy(() -> looking.enqueue(List.of(Jobs.work().newJob())))
                        .isExactlyInstanceOf(StoreException.class)
                        .hasMessageContaining("mode=ro");
                assertThatThrownBy(() -> looking.sweep(new Sweep(Duration.ofSeconds(30), 10)))
                        .isExactlyInstanceOf(StoreException.class);
                assertThatThrownBy(looking::optimize).isExactlyInstanceOf(StoreException.class);
            }
        }
    }

    @Test
    void mode_ro_creates_nothing() {
        assertThatThrownBy(() -> Stores.open(file, "?mode=ro"))
                .isExactlyInstanceOf(StoreException.class)
                .hasMessageContaining("does not exist");
        assertThat(file).doesNotExist();
    }
}
