package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.server.RedisServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many commands calls cost, as the server counts them; and that a script it forgot is sent again. */
class RoundTripsTest {
    @TempDir
    Path folder;

    private RedisServer server;
    private Store store;
    private final UUID session = UUID.randomUUID();
    private long exchange;

    @BeforeEach
    void open() {
        server = RedisServer.oldest(folder, "--appendfsync", "always");
        store = Stores.open(server.address());
        store.openSession(new SessionOpening(session, "worker", "{}"));
    }

    @AfterEach
    void close() {
        store.close();
        server.close();
    }

    @Test
    void five_hundred_outcomes_and_five_hundred_claims_are_one_script() {
        enqueue(1_000);
        List<ClaimedJob> first = exchange(List.of());
        server.ask("CONFIG RESETSTAT");

        List<ClaimedJob> second = exchange(first);

        assertThat(first).hasSize(500);
        assertThat(second).hasSize(500);
        assertThat(server.ask("INFO commandstats")).contains("cmdstat_evalsha:calls=1,");
        assertThat(server.ask("INFO commandstats")).doesNotContain("cmdstat_eval:");
    }

    @Test
    void an_exchange_that_finds_nothing_is_a_script_of_eight_commands() {
        exchange(List.of());
        server.ask("CONFIG RESETSTAT");

        assertThat(exchange(List.of())).isEmpty();

        CommandCounts counts = CommandCounts.of(server);
        assertThat(counts.calls().values().stream().mapToLong(Long::longValue).sum())
                .as("the script, and what it sends: %s", counts)
                .isEqualTo(9);
    }

    @Test
    void a_thousand_jobs_are_enqueued_by_one_script() {
        enqueue(1);
        server.ask("CONFIG RESETSTAT");

        enqueue(1_000);

        assertThat(server.ask("INFO commandstats")).contains("cmdstat_evalsha:calls=1,");
    }

    @Test
    void the_longest_list_is_one_script_and_a_longer_or_larger_one_is_refused_whole() {
        enqueue(1);
        server.ask("CONFIG RESETSTAT");

        enqueue(20_000);
        assertThat(calls("evalsha")).isEqualTo(1);

        assertThatThrownBy(() -> enqueue(20_001))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 20000 jobs")
                .hasMessageContaining("Nothing was stored");
        byte[] large = new byte[1_048_576];
        List<NewJob> tooLarge = IntStream.range(0, 65)
                .mapToObj(any -> Jobs.work().payload(large).newJob())
                .toList();
        assertThatThrownBy(() -> store.enqueue(tooLarge))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("64 MiB");
        assertThat(store.counts()).extracting(JobCount::count).containsExactly(20_001L);
    }

    @Test
    void jobs_whose_keys_are_homed_elsewhere_cost_a_call_per_partition_not_one_each() {
        try (Store several = Stores.open(server.address() + "?partitions=3&prefix=several")) {
            List<NewJob> jobs = IntStream.range(0, 300)
                    .mapToObj(i ->
                            Jobs.work().queue("q" + i % 10).unique("key" + i).newJob())
                    .toList();
            server.ask("CONFIG RESETSTAT");

            assertThat(several.enqueue(jobs)).allMatch(Answer.Stored.class::isInstance);
            // At most: each partition reserves, and each stores; besides, a script may be sent before the server knows
            // it.
            assertThat(calls("evalsha")).isLessThanOrEqualTo(3 + 3);

            server.ask("CONFIG RESETSTAT");
            assertThat(several.enqueue(jobs)).allMatch(Answer.Known.class::isInstance);
            assertThat(calls("evalsha"))
                    .as("and as many again to find that all are known")
                    .isLessThanOrEqualTo(3 + 3);
            assertThat(several.verify()).isEmpty();
        }
    }

    private long calls(String command) {
        return CommandCounts.of(server).calls(command);
    }

    @Test
    void a_script_that_the_server_forgot_is_sent_again() {
        enqueue(3);
        server.ask("SCRIPT FLUSH");

        assertThat(exchange(List.of())).hasSize(3);
        server.ask("SCRIPT FLUSH");
        enqueue(1);
        assertThat(exchange(List.of())).hasSize(1);
    }

    @Test
    void what_was_accepted_is_there_after_the_server_was_killed() {
        enqueue(10);
        server.process().kill();
        server.process().start();

        try (Store again = Stores.open(server.address())) {
            assertThat(again.counts())
                    .singleElement()
                    .satisfies(count -> assertThat(count.count()).isEqualTo(10));
        }
    }

    @Test
    void lease_tokens_count_from_one_and_go_on_far_above_after_the_server_was_killed() {
        enqueue(1);
        ClaimedJob before = exchange(List.of()).get(0);
        server.process().kill();
        server.process().start();

        try (Store again = Stores.open(server.address())) {
            enqueueAt(again, 2);
            List<ClaimedJob> after = again.exchange(new Exchange(session, ++exchange, List.of(), anything()))
                    .claimed();

            assertThat(before.run().token()).isEqualTo(1);
            assertThat(after).hasSize(2).allMatch(job -> job.run().token() > 1L << 22);
            assertThat(after).allMatch(job -> job.run().token() < 1L << 53);
        }
    }

    private void enqueue(int count) {
        enqueueAt(store, count);
    }

    private static void enqueueAt(Store store, int count) {
        store.enqueue(IntStream.range(0, count)
                .mapToObj(any -> NewJob.now(JobSpec.plain(UUID.randomUUID(), "work", "default", new byte[50])))
                .toList());
    }

    private List<ClaimedJob> exchange(List<ClaimedJob> done) {
        List<Settlement> settlements = done.stream()
                .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                .toList();
        return store.exchange(new Exchange(session, ++exchange, settlements, anything()))
                .claimed();
    }

    private static Claim anything() {
        return new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of("work"), -1_000, 500, 1);
    }
}
