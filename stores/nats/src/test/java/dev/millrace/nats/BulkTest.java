package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Filter;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.Transfer.Item;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.StoreDriver;
import dev.millrace.testkit.server.TcpProxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Much in one call: how much is taken, and how it gets through. */
class BulkTest {
    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private NatsPlace place;
    private Store store;

    @BeforeEach
    void open() {
        place = new NatsPlace(Servers.server().url(), 1);
        store = place.open(clock, Retention.DEFAULT);
    }

    @AfterEach
    void close() {
        place.close();
    }

    @Test
    void a_list_too_large_for_one_commit_is_refused_whole_and_the_leader_stays() {
        StoreDriver driver = new StoreDriver(store, clock);
        JobDraft large = Jobs.work().payload(new byte[33 << 20]);
        JobDraft other = Jobs.work().payload(large.newJob().spec().payload());
        long before = place.written();

        assertThatThrownBy(() -> driver.offer(List.of(large, other)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("67108864")
                .hasMessageContaining("enqueueEach");

        assertThat(driver.find(Filter.ALL)).isEmpty();
        assertThat(place.written()).isEqualTo(before);
    }

    @Test
    void a_large_list_of_another_instance_arrives_whole() {
        byte[] large = new byte[5 << 20];
        new Random(7).nextBytes(large);
        Store other = place.open("&lead=false", clock, Retention.DEFAULT);
        StoreDriver driver = new StoreDriver(other, clock);

        UUID first = driver.enqueue(Jobs.work().payload(large));
        List<UUID> rest = driver.enqueue(
                Jobs.many(3, Jobs.WORK).stream().map(job -> job.payload(large)).toList());

        assertThat(driver.job(first).spec().payload()).isEqualTo(large);
        assertThat(new StoreDriver(store, clock).job(rest.get(2)).spec().payload())
                .isEqualTo(large);
    }

    @Test
    void no_more_than_a_window_of_a_commit_is_under_way() throws InterruptedException, ExecutionException {
        place.shutAll();
        TcpProxy proxy = new TcpProxy("127.0.0.1", Servers.server().port());
        try (Link link = Link.open(
                Settings.of(StoreAddress.parse(place.address("nats://127.0.0.1:" + proxy.port()) + "&timeout=1m")))) {
            Journal journal = new Journal(
                    link, UUID.randomUUID(), link.info().getStreamState().getLastSequence());
            Draft draft = journal.draft();
            draft.put(new byte[4 * Window.BYTES]);
            long before = proxy.bytes();
            proxy.holdReplies();
            FutureTask<CompletableFuture<Void>> appending = new FutureTask<>(() -> journal.append(draft, 0));
            Thread author = new Thread(appending, "author");
            author.setDaemon(true);
            author.start();

            await(author, Thread.State.WAITING);
            assertThat(proxy.bytes() - before).isLessThan(Window.BYTES + (64 << 10));
            proxy.flow();

            link.await(appending.get());
            assertThat(link.info().getStreamState().getLastSequence()).isEqualTo(journal.last());
        } finally {
            proxy.close();
        }
    }

    @Test
    void what_comes_behind_a_message_that_was_not_taken_is_not_sent() {
        Window window = new Window();
        window.add(Window.BYTES, CompletableFuture.failedFuture(new IllegalStateException("refused")));

        assertThat(window.awaitRoom(1)).isFalse();
        assertThat(window.bytes()).isZero();
    }

    @Test
    void a_call_may_take_longer_the_more_it_brings() {
        Settings settings = Settings.of(StoreAddress.parse("nats://n1?timeout=2s"));
        Call<?> call =
                new Call.Enqueue(List.of(Jobs.work().payload(new byte[3 << 20]).newJob()));

        assertThat(settings.timeoutFor(0)).isEqualTo(Duration.ofSeconds(2));
        assertThat(settings.timeoutFor(call.bytes())).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.timeoutFor(Bulk.MOST_BYTES)).isEqualTo(Duration.ofSeconds(66));
    }

    @Test
    void items_that_need_not_come_together_come_in_slices() {
        List<Item> items = List.of(note("a", 600), note("b", 300), note("c", 300), note("d", 2_000), note("e", 1));

        assertThat(Bulk.slices(items, 1_000))
                .containsExactly(items.subList(0, 2), items.subList(2, 3), items.subList(3, 4), items.subList(4, 5));
        assertThat(Bulk.slices(List.of(), 1_000)).containsExactly(List.of());
        assertThat(store.importItems(items)).isEqualTo(5);
    }

    private static Item note(String key, int bytes) {
        return new Item.Noted(new Notes.Note("space", key, new byte[bytes], 1), null);
    }

    private static void await(Thread thread, Thread.State state) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (thread.getState() != state) {
            assertThat(System.nanoTime()).as("waited long enough").isLessThan(deadline);
            LockSupport.parkNanos(5_000_000);
        }
    }
}
