package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Examination;
import dev.millrace.spi.Finding;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Findings;
import dev.millrace.spi.Store;
import dev.millrace.testkit.Jobs;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each finding, provoked on a real file. */
class DoctorTest {
    private static final Patience LITTLE = new Patience(100, 1_000, 1_000);
    /** About 400 pages. */
    private static final String WRITE = "INSERT INTO filling SELECT randomblob(1600000)";

    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("jobs.db");
    }

    @Test
    void a_fresh_store_has_nothing_to_mend() {
        try (Store store = Stores.open(file(), "")) {
            Examination examination = store.examine();

            // A small disk may be noted on the machine that runs this.
            assertThat(examination.findings()).allMatch(each -> each.severity() == Severity.NOTE);
            assertThat(examination.findings()).extracting(Finding::code).doesNotContain("unread");
            assertThat(examination.looked()).contains("who holds the write lock", "the disk's free space");
        }
    }

    @Test
    void a_setting_that_loses_commits_is_found() {
        try (Store store = Stores.open(file(), "?synchronous=NORMAL")) {
            assertFound(store.examine(), "sqlite-synchronous", Severity.WARNING, "synchronous=NORMAL");
        }
        try (Store store = Stores.open(file(), "?synchronous=OFF")) {
            assertFound(store.examine(), "sqlite-synchronous", Severity.PROBLEM, "synchronous=OFF");
        }
    }

    @Test
    void a_reader_that_holds_the_log_is_found_also_by_one_who_may_only_look() throws Exception {
        try (Store store = Stores.open(file(), "");
                Store looking = Stores.open(file(), "?mode=ro");
                Connection reader = Stores.connect(file())) {
            Stores.execute(file(), "CREATE TABLE filling (bytes BLOB)");
            store.enqueue(List.of(Jobs.work().newJob()));
            Stores.query(reader, "BEGIN");
            Stores.query(reader, "SELECT count(*) FROM millrace_job");
            Stores.execute(file(), "PRAGMA synchronous = OFF", WRITE, "PRAGMA wal_checkpoint(PASSIVE)");

            for (Store each : List.of(store, looking)) {
                Examination examination = ((SqliteStore) each).examine(LITTLE);
                assertFound(examination, "sqlite-log-held", Severity.WARNING, "this process");
                assertThat(examination.findings()).extracting(Finding::code).doesNotContain("unread");
            }
            Stores.query(reader, "COMMIT");
            Stores.execute(file(), "PRAGMA wal_checkpoint(PASSIVE)");
            assertNotFound(((SqliteStore) store).examine(LITTLE), "sqlite-log-held");
        }
    }

    @Test
    void a_large_log_is_found() throws Exception {
        try (Store store = Stores.open(file(), "?journal_size_limit=1000")) {
            Stores.execute(file(), "CREATE TABLE filling (bytes BLOB)", "PRAGMA synchronous = OFF", WRITE);

            assertFound(((SqliteStore) store).examine(LITTLE), "sqlite-log-large", Severity.PROBLEM, "MiB");
            assertRemedy(((SqliteStore) store).examine(LITTLE), "sqlite-log-large", "millrace optimize cuts it");
        }
    }

    @Test
    void another_process_that_holds_the_write_lock_is_found_and_named() throws Exception {
        try (Store store = Stores.open(file(), "");
                OtherProcess other = OtherProcess.start(file())) {
            assertNotFound(store.examine(), "sqlite-write-lock");
            other.tell("lock");

            assertFound(store.examine(), "sqlite-write-lock", Severity.WARNING, "process " + other.pid() + " (");
        }
    }

    @Test
    void commits_that_follow_one_another_are_not_taken_for_one_that_is_held() throws Exception {
        try (Store store = Stores.open(file(), "")) {
            Thread busy = new Thread(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    store.enqueue(List.of(Jobs.work().newJob()));
                }
            });
            busy.start();
            try {
                assertNotFound(store.examine(), "sqlite-write-lock");
            } finally {
                busy.interrupt();
                busy.join();
            }
        }
    }

    @Test
    void a_file_that_is_mostly_free_is_noted() throws Exception {
        try (Store store = Stores.open(file(), "")) {
            Stores.execute(
                    file(),
                    "CREATE TABLE filling (bytes BLOB)",
                    "PRAGMA synchronous = OFF",
                    "INSERT INTO filling SELECT randomblob(6000000)",
                    "DROP TABLE filling");

            assertFound(store.examine(), "sqlite-free-pages", Severity.NOTE, "are free");
            assertRemedy(store.examine(), "sqlite-free-pages", "millrace optimize writes the file anew");
            store.optimize();
            assertNotFound(store.examine(), "sqlite-free-pages");
        }
    }

    @Test
    void a_file_at_its_limit_of_pages_is_found() throws Exception {
        Stores.open(file(), "").close();
        String pages;
        try (Connection connection = Stores.connect(file())) {
            pages = Stores.query(connection, "PRAGMA page_count");
        }
        try (Store store = Stores.open(file(), "?max_page_count=" + pages)) {
            assertFound(store.examine(), "sqlite-page-limit", Severity.PROBLEM, pages + " pages are used");
        }
    }

    @Test
    void a_disk_is_judged_by_what_is_left_of_it_and_by_the_files_size() {
        long gib = 1L << 30;
        assertThat(disk(gib / 2, 100 * gib, 0)).containsExactly(Severity.WARNING);
        assertThat(disk(gib / 32, 100 * gib, 0)).containsExactly(Severity.PROBLEM);
        assertThat(disk(gib / 2, gib, 0)).isEmpty();
        assertThat(disk(2 * gib, 100 * gib, 3 * gib)).containsExactly(Severity.NOTE);
        assertThat(disk(4 * gib, 100 * gib, 3 * gib)).isEmpty();
    }

    private static List<Severity> disk(long usable, long total, long file) {
        Findings findings = new Findings(Duration.ofHours(1));
        DiskSpace.judge(usable, total, file, findings);
        return findings.examination().findings().stream().map(Finding::severity).toList();
    }

    private static void assertFound(Examination examination, String code, Severity severity, String what) {
        assertThat(examination.findings())
                .as(examination.toString())
                .anyMatch(each -> each.code().equals(code)
                        && each.severity() == severity
                        && each.what().contains(what));
    }

    private static void assertRemedy(Examination examination, String code, String remedy) {
        assertThat(examination.findings())
                .filteredOn(each -> each.code().equals(code))
                .isNotEmpty()
                .allSatisfy(each -> assertThat(each.remedy()).contains(remedy));
    }

    private static void assertNotFound(Examination examination, String code) {
        assertThat(examination.findings()).extracting(Finding::code).doesNotContain(code);
    }
}
