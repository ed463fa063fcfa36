package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.StoreException;
import dev.millrace.spi.Filter;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Operation;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the engine does when the disk, the file or a neighbour lets it down. */
class SqliteFaultsTest {
    private static final int PAGE = 4096;

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("jobs.db");
    }

    @Test
    void a_lock_that_outlasts_the_busy_timeout_passes_and_hurts_nothing() throws Exception {
        try (Store store = Stores.open(file, "?busy_timeout=50");
                Connection other = Stores.connect(file)) {
            JobDraft first = Jobs.work();
            JobDraft second = Jobs.work();
            store.enqueue(List.of(first.newJob()));
            Stores.query(other, "BEGIN IMMEDIATE");

            assertThatThrownBy(() -> store.enqueue(List.of(second.newJob())))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("50 ms")
                    .hasMessageContaining("busy_timeout");
            assertThat(store.get(List.of(first.id()))).hasSize(1);

            Stores.query(other, "ROLLBACK");
            store.enqueue(List.of(second.newJob()));
            assertThat(store.get(List.of(first.id(), second.id()))).hasSize(2);
        }
    }

    @Test
    void a_full_disk_loses_nothing_that_was_accepted_and_work_goes_on_once_there_is_room() {
        Set<UUID> accepted = new HashSet<>();
        try (Store store = Stores.open(file, "?max_page_count=300")) {
            assertThatThrownBy(() -> {
                        while (true) {
                            NewJob job = Jobs.work().payload(new byte[10_000]).newJob();
                            store.enqueue(List.of(job));
                            accepted.add(job.spec().id());
                        }
                    })
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("full")
                    .hasMessageContaining("safe");

            assertThat(accepted).hasSizeGreaterThan(10);
            assertThat(idsIn(store)).isEqualTo(accepted);
            assertThat(store.verify()).isEmpty();

            UUID gone = accepted.iterator().next();
            store.operate(new Operation.Delete(), Filter.ids(Set.of(gone)), null, 10);
            NewJob late = Jobs.work().payload(new byte[5_000]).newJob();
            store.enqueue(List.of(late));
            accepted.remove(gone);
            accepted.add(late.spec().id());
        }
        try (Store store = Stores.open(file, "")) {
            store.enqueue(List.of(Jobs.work().payload(new byte[100_000]).newJob()));
            assertThat(idsIn(store)).containsAll(accepted).hasSize(accepted.size() + 1);
        }
    }

    @Test
    void a_damaged_file_is_reported_as_such() throws Exception {
        try (Store store = Stores.open(file, "")) {
            store.enqueue(
                    Jobs.many(2_000, Jobs.WORK).stream().map(JobDraft::newJob).toList());
        }
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            long pages = raw.length() / PAGE;
            for (long page = pages / 2; page < pages; page++) {
                raw.seek(page * PAGE);
                raw.write(new byte[PAGE]);
            }
        }

        try (Store store = Stores.open(file, "")) {
            assertThatThrownBy(() -> store.page(Filter.ALL.withStates(Set.of(JobState.READY)), null, 10_000))
                    .isExactlyInstanceOf(StoreException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("is damaged")
                    .hasMessageContaining("backup");
        }
    }

    @Test
    void a_bad_call_does_not_hurt_those_that_share_its_commit() throws Exception {
        JobDraft bad = Jobs.work().in(Duration.ofSeconds(Long.MAX_VALUE));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (Store store = Stores.open(file, "?busy_timeout=60000");
                Connection other = Stores.connect(file)) {
            Set<UUID> good = new HashSet<>();
            List<Future<?>> ends = new ArrayList<>();
            // While another connection holds the lock, calls gather behind the first and are then made together.
            Stores.query(other, "BEGIN IMMEDIATE");
            for (int i = 0; i < 8; i++) {
                NewJob job = Jobs.work().newJob();
                boolean spoiled = i % 4 == 3;
                ends.add(threads.submit(() -> store.enqueue(
                        List.of(job, spoiled ? bad.newJob() : Jobs.work().newJob()))));
                if (!spoiled) {
                    good.add(job.spec().id());
                }
            }
            Stores.query(other, "ROLLBACK");

            int failed = 0;
            for (Future<?> end : ends) {
                try {
                    end.get();
                } catch (ExecutionException e) {
                    assertThat(e).hasCauseInstanceOf(IllegalArgumentException.class);
                    failed++;
                }
            }
            assertThat(failed).isEqualTo(2);
            assertThat(idsIn(store)).containsAll(good).hasSize(12);
            assertThat(store.verify()).isEmpty();
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void two_stores_on_one_file_see_the_same_jobs() {
        try (Store one = Stores.open(file, "");
                Store other = Stores.open(file, "")) {
            JobDraft job = Jobs.work().queue("made-by-one");
            JobDraft second = Jobs.work().queue("made-by-other");
            one.enqueue(List.of(job.newJob()));
            other.enqueue(List.of(second.newJob(), job.newJob()));

            assertThat(idsIn(one)).containsExactlyInAnyOrder(job.id(), second.id());
            assertThat(one.counts()).isEqualTo(other.counts()).hasSize(2);
        }
    }

    private static Set<UUID> idsIn(Store store) {
        Set<UUID> ids = new HashSet<>();
        store.page(Filter.ALL, null, 10_000).jobs().forEach(job -> ids.add(job.id()));
        return ids;
    }
}
