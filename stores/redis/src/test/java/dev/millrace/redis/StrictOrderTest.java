package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Store;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.server.RedisServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Claims from queues in strict order that are spread over partitions: what is claimed, and how many calls it costs. */
class StrictOrderTest {
    private static final int PARTITIONS = 6;
    /** The last queue first. */
    private static final List<String> QUEUES = reversed(20);

    @TempDir
    Path folder;

    private RedisServer server;
    private Store store;
    private final UUID session = UUID.randomUUID();
    private long exchange;

    @BeforeEach
    void open() {
        server = RedisServer.oldest(folder);
        store = Stores.open(server.address() + "?partitions=" + PARTITIONS);
        store.openSession(new SessionOpening(session, "worker", "{}"));
        claim(1); // after which the server knows the script
    }

    @AfterEach
    void close() {
        store.close();
        server.close();
    }

    @Test
    void many_idle_queues_cost_one_call_for_each_partition() {
        server.ask("CONFIG RESETSTAT");

        assertThat(claim(10)).isEmpty();

        assertThat(calls()).isEqualTo(PARTITIONS);
    }

    @Test
    void what_is_claimed_is_in_the_order_of_the_queues_and_costs_two_calls_for_each_partition_at_most() {
        List<NewJob> jobs = new ArrayList<>();
        QUEUES.forEach(queue -> IntStream.range(0, 3)
                .forEach(any -> jobs.add(Jobs.work().queue(queue).newJob())));
        Collections.shuffle(jobs);
        store.enqueue(jobs);
        server.ask("CONFIG RESETSTAT");

        assertThat(queues(claim(10)))
                .containsExactly("q19", "q19", "q19", "q18", "q18", "q18", "q17", "q17", "q17", "q16");
        assertThat(calls()).isLessThanOrEqualTo(PARTITIONS + 4);
        assertThat(queues(claim(4))).containsExactly("q16", "q16", "q15", "q15");
        assertThat(claim(500)).hasSize(60 - 14);
        assertThat(claim(500)).isEmpty();
        assertThat(store.verify()).isEmpty();
    }

    @Test
    void the_only_job_is_found_in_the_last_queue() {
        store.enqueue(List.of(Jobs.work().queue("q0").newJob()));
        server.ask("CONFIG RESETSTAT");

        assertThat(queues(claim(10))).containsExactly("q0");

        assertThat(calls()).isEqualTo(PARTITIONS + 1);
    }

    private List<ClaimedJob> claim(int limit) {
        Claim.Queues queues = new Claim.Queues.InOrder(QUEUES);
        Claim claim = new Claim.Next(queues, Set.of(Jobs.WORK), -1_000, limit, 1);
        return store.exchange(new Exchange(session, ++exchange, List.of(), claim))
                .claimed();
    }

    private static List<String> queues(List<ClaimedJob> claimed) {
        return claimed.stream().map(job -> job.spec().queue()).toList();
    }

    private long calls() {
        return CommandCounts.of(server).calls("evalsha");
    }

    private static List<String> reversed(int count) {
        return IntStream.range(0, count).mapToObj(i -> "q" + (count - 1 - i)).toList();
    }
}
