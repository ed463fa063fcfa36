package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.spi.Transfer.Item;
import dev.millrace.testkit.Jobs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteTransferTest {
    private static final int MEBIBYTE = 1_048_576;

    @TempDir
    Path folder;

    @Test
    void a_page_of_large_jobs_ends_early_so_that_it_fits_into_memory() {
        try (Store store = Stores.open(folder.resolve("jobs.db"), "")) {
            List<NewJob> jobs = Stream.generate(
                            () -> NewJob.now(JobSpec.plain(Jobs.newId(), Jobs.WORK, Jobs.QUEUE, new byte[MEBIBYTE])))
                    .limit(40)
                    .toList();
            store.enqueue(jobs);

            List<UUID> exported = new ArrayList<>();
            ExportPage page = store.exportPage(null, 1_000);
            while (page.next() != null) {
                assertThat(page.items()).hasSizeBetween(1, 16);
                page.items()
                        .forEach(item -> exported.add(((Item.Job) item).job().id()));
                page = store.exportPage(page.next(), 1_000);
            }
            page.items().forEach(item -> exported.add(((Item.Job) item).job().id()));

            assertThat(exported)
                    .isEqualTo(jobs.stream().map(job -> job.spec().id()).toList());
        }
    }
}
