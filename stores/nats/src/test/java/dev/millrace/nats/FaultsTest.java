package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.Retention;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import dev.millrace.testkit.contract.Books;
import dev.millrace.testkit.server.NatsServer;
import dev.millrace.testkit.server.TcpProxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that die, freeze and come back, and what their clients are told meanwhile. */
class FaultsTest {
    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));

    @TempDir
    Path folder;

    @Test
    void a_server_that_was_killed_and_started_again_has_all_that_was_accepted() {
        try (NatsServer server = NatsServer.start(folder);
                Store store = open(server.url(), "timeout=2s")) {
            StoreDriver driver = new StoreDriver(store, clock);
            List<UUID> jobs = driver.enqueue(Jobs.many(200, Jobs.WORK));
            SessionDriver session = driver.session();
            List<ClaimedJob> held = session.claim(50);

            server.process().kill();
            assertThatThrownBy(() -> driver.enqueue(Jobs.work())).isInstanceOf(StoreUnavailableException.class);
            server.process().start();

            assertThat(repeat(() -> session.succeed(held.get(0)))).isEqualTo(SettleAnswer.APPLIED);
            assertThat(session.beat().held()).hasSize(49);
            assertThat(driver.find(Filter.ALL)).extracting(job -> job.id()).containsExactlyInAnyOrderElementsOf(jobs);
            assertThat(Books.faults(store)).isEmpty();
        }
    }

    @Test
    void a_server_that_answers_no_more_is_told_of_once_the_timeout_is_over() {
        try (NatsServer server = NatsServer.start(folder);
                // Nothing but the timeout ends the call.
                Store store = open(server.url(), "timeout=2s&ping.interval=1h")) {
            StoreDriver driver = new StoreDriver(store, clock);
            JobDraft draft = Jobs.work();
            server.process().pause();

            assertThat(CompletableFuture.supplyAsync(() -> driver.offer(draft)))
                    .failsWithin(Duration.ofMinutes(1))
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(StoreUnavailableException.class)
                    .withMessageContaining("safe to repeat");

            server.process().resume();
            assertThat(repeat(() -> driver.offer(draft)).id()).isEqualTo(draft.id());
            assertThat(driver.find(Filter.ALL)).hasSize(1);
            assertThat(Books.faults(store)).isEmpty();
        }
    }

    @Test
    void who_looks_while_the_connection_is_away_waits_for_it() {
        TcpProxy proxy = new TcpProxy("127.0.0.1", Servers.server().port());
        NatsPlace place = new NatsPlace(Servers.server().url(), 1);
        new StoreDriver(place.open(clock, Retention.DEFAULT), clock).enqueue(Jobs.work());
        Store store = place.openBy(
                "nats://127.0.0.1:" + proxy.port(), "&lead=false&reconnect.wait=50ms", clock, Retention.DEFAULT);
        proxy.refuse();
        proxy.cut();

        CompletableFuture<Integer> found = CompletableFuture.supplyAsync(
                () -> new StoreDriver(store, clock).find(Filter.ALL).size());
        proxy.accept();

        assertThat(found.join()).isEqualTo(1);
        place.close();
        proxy.close();
    }

    @Test
    void a_connection_cut_again_and_again_under_load_loses_and_doubles_nothing() throws InterruptedException {
        TcpProxy proxy = new TcpProxy("127.0.0.1", Servers.server().port());
        NatsPlace place = new NatsPlace(Servers.server().url(), 1);
        Store store = place.openBy(
                "nats://127.0.0.1:" + proxy.port(), "&reconnect.wait=20ms&timeout=2s", clock, Retention.DEFAULT);
        StoreDriver driver = new StoreDriver(store, clock);
        SessionDriver session = driver.session();
        List<UUID> accepted = new ArrayList<>();

        for (int round = 0; round < 15; round++) {
            List<JobDraft> drafts = Jobs.many(40, Jobs.WORK);
            Thread cutting = new Thread(proxy::cut);
            cutting.start();
            List<Answer> answers = repeat(() -> driver.offer(drafts));
            answers.forEach(answer -> accepted.add(answer.id()));
            cutting.join();
        }

        assertThat(repeat(() -> driver.find(Filter.ALL)))
                .extracting(job -> job.id())
                .containsExactlyInAnyOrderElementsOf(accepted);
        assertThat(repeat(() -> session.claim(1_000))).hasSize(600);
        assertThat(Books.faults(store)).isEmpty();
        place.close();
        proxy.close();
    }

    @Test
    void a_payload_and_a_result_of_a_mebibyte_fit_a_server_that_takes_no_message_of_more_than_64_kibibytes() {
        byte[] large = new byte[1 << 20];
        large[99_999] = 7;
        String small = NatsServer.jetStream(folder) + "\nmax_payload: 65536";
        try (NatsServer server = NatsServer.start(folder, small);
                Store leader = open(server.url(), "timeout=5s");
                Store store = open(server.url(), "lead=false")) {
            StoreDriver driver = new StoreDriver(store, clock);

            UUID id = driver.enqueue(Jobs.work().payload(large));
            ClaimedJob run = driver.session().claimNext();

            assertThat(run.spec().payload()).isEqualTo(large);
            assertThat(new StoreDriver(leader, clock).job(id).spec().payload()).isEqualTo(large);
        }
    }

    @Test
    void the_death_of_the_server_that_leads_the_stream_loses_nothing() {
        NatsPlace place = new NatsPlace(Servers.cluster().url(), 3);
        Store store = place.open("&reconnect.wait=50ms&timeout=3s", clock, Retention.DEFAULT);
        StoreDriver driver = new StoreDriver(store, clock);
        SessionDriver session = driver.session();
        List<UUID> jobs = driver.enqueue(Jobs.many(300, Jobs.WORK));
        List<ClaimedJob> held = session.claim(100);
        NatsServer leading = Servers.cluster().leaderOf(place.stream()).orElseThrow();

        leading.process().kill();

        assertThat(repeat(() -> session.succeed(held.get(0)))).isIn(SettleAnswer.APPLIED, SettleAnswer.ALREADY);
        assertThat(repeat(() -> session.beat()).held()).hasSize(99);
        assertThat(repeat(() -> driver.find(Filter.ALL))).hasSameSizeAs(jobs);
        assertThat(repeat(() -> Books.faults(store))).isEmpty();
        leading.process().start();
        Servers.cluster().awaitHealth();
        place.close();
    }

    private Store open(String url, String parameters) {
        return new NatsProvider()
                .open(new StoreConfig(
                        StoreAddress.parse(url + "?reconnect.wait=50ms&" + parameters), clock, Retention.DEFAULT));
    }

    /** As a worker does: again, until the store answers. */
    private static <T> T repeat(Supplier<T> call) {
        StoreUnavailableException last = null;
        for (int i = 0; i < 30; i++) {
            try {
                return call.get();
            } catch (StoreUnavailableException e) {
                last = e;
            }
        }
        throw new AssertionError("the store did not come back", last);
    }
}
