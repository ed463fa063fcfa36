package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.Due;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Operation;
import dev.millrace.spi.Store;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.spi.Transfer.Item;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.StoreDriver;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Export and import while others are at work. */
class TransferTest {
    private final String schema = "transfer_" + UUID.randomUUID().toString().substring(0, 8);
    private final Store store = Stores.open(Servers.NEW.server().url() + "?schema=" + schema);

    @AfterEach
    void close() {
        assertThat(store.verify()).isEmpty();
        store.close();
        Servers.NEW.run("DROP SCHEMA " + schema + " CASCADE");
    }

    @Test
    void a_note_that_is_rewritten_during_an_export_makes_it_pass_over_no_other() {
        long first =
                store.putNote("space", "a", new byte[] {1}, Notes.ABSENT, null).orElseThrow();
        for (String key : List.of("b", "c", "d")) {
            store.putNote("space", key, new byte[] {1}, Notes.ABSENT, null);
        }

        List<String> exported = new ArrayList<>();
        ExportPage page = store.exportPage(null, 1);
        store.putNote("space", "a", new byte[] {2}, first, null);
        while (page.next() != null) {
            page.items().forEach(item -> exported.add(((Item.Noted) item).note().key()));
            page = store.exportPage(page.next(), 1);
        }
        page.items().forEach(item -> exported.add(((Item.Noted) item).note().key()));

        assertThat(exported).contains("a", "b", "c", "d");
    }

    @Test
    void revisions_go_on_above_those_that_were_imported_and_never_back() {
        Notes.Note foreign = new Notes.Note("space", "foreign", new byte[] {1}, 5_000);
        store.importItems(List.of(new Item.Noted(foreign, null)));
        long above = store.putNote("space", "one", new byte[] {1}, Notes.ABSENT, null)
                .orElseThrow();
        store.importItems(List.of(new Item.Noted(new Notes.Note("space", "older", new byte[] {1}, 7), null)));
        long later = store.putNote("space", "two", new byte[] {1}, Notes.ABSENT, null)
                .orElseThrow();

        assertThat(above).isGreaterThan(5_000);
        assertThat(later).isGreaterThan(above);
    }

    @Test
    void what_has_ended_keeps_its_place_among_the_others_and_finds_it_when_it_is_run_again() {
        ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
        Instant due = clock.instant().plusSeconds(60);
        String other = schema + "_copy";
        List<UUID> ids = Stream.generate(Jobs::newId).limit(6).toList();
        Set<UUID> ended = Set.of(ids.get(1), ids.get(4));
        try (Store from = Stores.open(address(schema), clock);
                Store copy = Stores.open(address(other), clock)) {
            for (UUID id : ids) {
                JobSpec spec = JobSpec.plain(id, Jobs.WORK, Jobs.QUEUE, new byte[0]);
                from.enqueue(List.of(new NewJob(spec, new Due.At(due), null)));
            }
            from.operate(new Operation.Cancel(), Filter.ids(ended), null, 10);

            copy.importItems(from.exportPage(null, 10).items());
            clock.set(due);
            copy.operate(new Operation.RunAgain(), Filter.ids(ended), null, 10);

            StoreDriver driver = new StoreDriver(copy, clock);
            driver.sweep();
            assertThat(driver.session().claim(10))
                    .extracting(job -> job.spec().id())
                    .isEqualTo(ids);
        } finally {
            Servers.NEW.run("DROP SCHEMA " + other + " CASCADE");
        }
    }

    private static String address(String schema) {
        return Servers.NEW.server().url() + "?schema=" + schema;
    }

    @Test
    void imports_of_the_same_at_once_store_it_once() throws Exception {
        store.enqueue(
                Stream.generate(() -> NewJob.now(JobSpec.plain(Jobs.newId(), Jobs.WORK, Jobs.QUEUE, new byte[1000])))
                        .limit(200)
                        .toList());
        List<Item> items = store.exportPage(null, 1_000).items();
        String other = schema + "_copy";
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (Store copy = Stores.open(Servers.NEW.server().url() + "?schema=" + other)) {
            List<Future<Integer>> taking = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                taking.add(threads.submit(() -> copy.importItems(items)));
            }
            int taken = 0;
            for (Future<Integer> each : taking) {
                taken += each.get();
            }
            assertThat(taken).isEqualTo(200);
            assertThat(copy.verify()).isEmpty();
        } finally {
            threads.shutdown();
            Servers.NEW.run("DROP SCHEMA " + other + " CASCADE");
        }
    }

    @Test
    void a_job_that_is_enqueued_while_its_ended_copy_is_imported_is_there_once() throws Exception {
        Item copy = endedCopy();
        UUID id = ((Item.Job) copy).job().id();

        assertThat(importWhile(copy, () -> enqueue(id))).isZero();

        assertThat(store.get(List.of(id)).get(0).state()).isEqualTo(JobState.READY);
        assertThat(store.verify()).isEmpty();
    }

    @Test
    void a_job_that_is_enqueued_and_ends_while_its_copy_is_imported_is_there_once() throws Exception {
        Item copy = endedCopy();
        UUID id = ((Item.Job) copy).job().id();

        assertThat(importWhile(copy, () -> {
                    enqueue(id);
                    store.operate(new Operation.Cancel(), Filter.ids(Set.of(id)), null, 10);
                }))
                .isZero();

        assertThat(store.get(List.of(id)).get(0).state()).isEqualTo(JobState.CANCELLED);
        assertThat(store.verify()).isEmpty();
    }

    /** A job as it ended elsewhere. */
    private static Item endedCopy() {
        UUID id = Jobs.newId();
        Instant then = Instant.parse("2026-01-01T00:00:00Z");
        return new Item.Job(
                new JobRecord(
                        JobSpec.plain(id, Jobs.WORK, Jobs.QUEUE, new byte[0]),
                        JobState.FAILED,
                        null,
                        null,
                        new JobRecord.Run(1, 1, 0, 0, null, false, Progress.NONE),
                        new JobRecord.Times(then, then, null, then, then, then.plusSeconds(1_000_000_000)),
                        null,
                        null),
                JobTrail.EMPTY);
    }

    private void enqueue(UUID id) {
        assertThat(store.enqueue(List.of(NewJob.now(JobSpec.plain(id, Jobs.WORK, Jobs.QUEUE, new byte[0])))))
                .containsExactly(new Answer.Stored(id));
    }

    /** Does something after the import has found that the job is not known, and before it stores it. */
    private int importWhile(Item item, Runnable meanwhile) throws Exception {
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try (Store patient = Stores.open(address(schema) + "&socket_timeout=5m");
                Latch latch = Latch.before("DELETE", Servers.NEW, schema, "tombstone")) {
            Future<Integer> taking = threads.submit(() -> patient.importItems(List.of(item)));
            latch.awaitSomeone();
            meanwhile.run();
            latch.open();
            return taking.get();
        } finally {
            threads.shutdown();
        }
    }
}
