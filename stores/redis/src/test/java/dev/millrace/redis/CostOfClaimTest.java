package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.server.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The cost of a claim does not grow with the jobs that it does not take: counted in commands, in keys, and in the memory that the
 * script takes for what it reads; not in time.
 */
class CostOfClaimTest {
    private static final int VERY_MANY = 10_000;
    private static final int WANTED = 10;
    /** A claim that read one of the indexes whole would take a megabyte and more. */
    private static final long HARDLY_MORE = 512 * 1_024;

    private static final Pattern MEMORY = Pattern.compile("used_memory_lua:(\\d+)");

    @TempDir
    Path folder;

    private RedisServer server;
    private Store store;
    private final UUID session = UUID.randomUUID();
    private long exchange;

    @BeforeEach
    void open() {
        server = RedisServer.oldest(folder);
        store = Stores.open(server.address());
        store.openSession(new SessionOpening(session, "worker", "{}"));
        enqueue(6 * WANTED, job -> job);
        claim(WANTED); // after which the server knows the script, and the store its history
    }

    @AfterEach
    void close() {
        store.close();
        server.close();
    }

    @Test
    void a_claim_costs_the_same_commands_and_keys_among_very_many_other_jobs() {
        Cost alone = costOfClaim();

        enqueue(VERY_MANY, job -> job); // behind those that are claimed, some of which are finished now
        finish(VERY_MANY / 2);
        enqueue(VERY_MANY, job -> job.priority(-1));
        enqueue(VERY_MANY, job -> job.in(Duration.ofDays(1)));
        enqueue(VERY_MANY, job -> job.queue("another"));
        enqueue(VERY_MANY, job -> Jobs.plain("unknown").priority(1_000));
        Cost among = costOfClaim();

        assertThat(among.counts()).isEqualTo(alone.counts());
        assertThat(alone.counts().lookups()).isPositive();
        assertThat(among.memory()).isLessThan(alone.memory() + HARDLY_MORE);
        assertThat(store.counts())
                .anyMatch(count -> count.state() == JobState.SUCCEEDED && count.count() >= VERY_MANY / 2);
    }

    /** What one claim costs. */
    private record Cost(CommandCounts counts, long memory) {}

    private Cost costOfClaim() {
        server.ask("SCRIPT FLUSH"); // which takes away what scripts have left in memory
        assertThat(claim(WANTED)).hasSize(WANTED);
        Matcher memory = MEMORY.matcher(server.ask("INFO memory"));
        assertThat(memory.find()).isTrue();
        server.ask("CONFIG RESETSTAT");
        assertThat(claim(WANTED)).hasSize(WANTED);
        return new Cost(CommandCounts.of(server), Long.parseLong(memory.group(1)));
    }

    private void enqueue(int count, UnaryOperator<JobDraft> change) {
        store.enqueue(IntStream.range(0, count)
                .mapToObj(any -> change.apply(Jobs.work()).newJob())
                .toList());
    }

    private void finish(int count) {
        int finished = 0;
        List<Settlement> outcomes = List.of();
        while (finished < count) {
            finished += outcomes.size();
            outcomes = exchange(outcomes, 500).stream()
                    .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                    .toList();
        }
        exchange(outcomes, 0);
    }

    private List<ClaimedJob> claim(int limit) {
        return exchange(List.of(), limit);
    }

    private List<ClaimedJob> exchange(List<Settlement> outcomes, int limit) {
        Claim.Queues queues = new Claim.Queues.AllBut(Set.of("another"));
        Claim claim = new Claim.Next(queues, Set.of(Jobs.WORK), -1_000, limit, 1);
        return store.exchange(new Exchange(session, ++exchange, outcomes, claim))
                .claimed();
    }
}
