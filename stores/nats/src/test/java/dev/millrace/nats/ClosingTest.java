package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.StoreException;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.StoreDriver;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of calls when their store is closed. */
class ClosingTest {
    private static final int PRODUCERS = 8;

    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final ExecutorService threads = Executors.newFixedThreadPool(PRODUCERS);
    private NatsPlace place;
    private Store leader;

    @BeforeEach
    void open() {
        place = new NatsPlace(Servers.server().url(), 1);
        leader = place.open(clock, Retention.DEFAULT);
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        place.close();
    }

    @Test
    void calls_under_way_end_first_where_another_instance_leads() throws InterruptedException {
        assertCallsEndFirst(place.open("&lead=false", clock, Retention.DEFAULT), leader);
    }

    @Test
    void calls_under_way_end_first_where_the_instance_leads_itself() throws InterruptedException {
        assertCallsEndFirst(leader, place.open(clock, Retention.DEFAULT));
    }

    @Test
    void an_interrupted_thread_closes_too() {
        Store other = place.open("&lead=false", clock, Retention.DEFAULT);

        Thread.currentThread().interrupt();
        place.shut(leader);

        assertThat(Thread.interrupted()).isTrue();
        place.open(clock, Retention.DEFAULT);
        assertThat(other.counts()).isEmpty();
    }

    /** Producers enqueue as fast as they can; each says at its end what was accepted, and the end must be a plain refusal. */
    private void assertCallsEndFirst(Store closing, Store witness) throws InterruptedException {
        CountDownLatch busy = new CountDownLatch(50 * PRODUCERS);
        List<CompletableFuture<Set<UUID>>> producers = IntStream.range(0, PRODUCERS)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> produce(closing, busy), threads))
                .toList();
        assertThat(busy.await(60, TimeUnit.SECONDS)).isTrue();

        place.shut(closing);

        Set<UUID> accepted = new HashSet<>();
        producers.forEach(producer -> accepted.addAll(producer.join()));
        assertThat(new StoreDriver(witness, clock).find(Filter.ALL))
                .as("what was accepted, and nothing that was refused")
                .extracting(job -> job.id())
                .containsExactlyInAnyOrderElementsOf(accepted);
    }

    private Set<UUID> produce(Store store, CountDownLatch busy) {
        StoreDriver driver = new StoreDriver(store, clock);
        Set<UUID> accepted = new HashSet<>();
        while (true) {
            JobDraft draft = Jobs.work();
            try {
                driver.offer(draft);
                accepted.add(draft.id());
                busy.countDown();
            } catch (StoreUnavailableException e) {
                throw new AssertionError("a call that had begun was broken off", e);
            } catch (StoreException e) {
                assertThat(e).hasMessageContaining("is closed");
                return accepted;
            }
        }
    }
}
