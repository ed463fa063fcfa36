package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.Sweep;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.fault.Drill;
import dev.millrace.testkit.server.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What flow control costs, counted in commands and keys; not in time. Five times as much with {@code -Dmillrace.long=true}. */
class CostOfFlowTest {
    private static final int VERY_MANY = Drill.LONG ? 10_000 : 2_000;
    private static final int BATCH = 500;
    /** How many scripts the call that ends a parent sends at most, for the parent and its children. */
    private static final int MOST_SCRIPTS = 9;

    private static final QueueLimits LIMITS =
            QueueLimits.NONE.withGroup("customer", new QueueLimits.GroupLimits(1, null));

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
    }

    @AfterEach
    void close() {
        store.close();
        server.close();
    }

    @Test
    void plain_jobs_cost_the_same_beside_very_many_that_are_held_back() {
        costOfPlainJobs(); // after which the server knows the scripts, and the store its history
        enqueue(Stream.of(Jobs.work()));
        assertThat(claim(1)).as("one that goes on running").hasSize(1);
        CommandCounts alone = costOfPlainJobs();

        for (int i = 0; i < 20; i++) {
            store.putNote(QueueLimits.SPACE, "limited" + i, LIMITS.encode(), Notes.ABSENT, null);
        }
        enqueue(works(VERY_MANY).map(job -> job.serial("one")));
        JobDraft parent = Jobs.plain("unclaimed");
        enqueue(Stream.of(parent));
        enqueue(works(VERY_MANY).map(job -> job.after(parent)));
        assertThat(claim(1)).hasSize(1); // the one of the group that holds its place

        assertThat(costOfPlainJobs()).isEqualTo(alone);
        assertThat(alone.lookups()).isPositive();
    }

    /** Stores a plain job, claims it, and settles it. */
    private CommandCounts costOfPlainJobs() {
        server.ask("CONFIG RESETSTAT");
        enqueue(Stream.of(Jobs.work()));
        List<ClaimedJob> claimed = claim(9);
        settle(claimed);
        assertThat(claimed).hasSize(1);
        return CommandCounts.of(server);
    }

    @Test
    void members_that_come_one_by_one_cost_no_look_at_all_that_came_before() {
        try (Store parts = Stores.open(server.address() + "?prefix=parts&partitions=3")) {
            JobDraft head = Jobs.head();
            parts.enqueue(
                    List.of(head.newJob(), Jobs.work().member(head, "first").newJob()));
            server.ask("CONFIG RESETSTAT");
            for (int i = 0; i < 30; i++) {
                JobDraft member = Jobs.work().queue("q" + i % 7).member(head, "m" + i);
                parts.enqueue(List.of(member.newJob()));
            }
            assertThat(CommandCounts.of(server).calls("hgetall")).isZero();
            assertThat(parts.parents(List.of(head.id()))).hasSize(31);
        }
    }

    @Test
    void the_end_of_a_parent_of_very_many_is_told_in_bounded_batches() {
        JobDraft parent = Jobs.work();
        enqueue(Stream.of(parent));
        enqueue(works(VERY_MANY).map(job -> job.after(parent)));
        List<ClaimedJob> run = claim(1);
        server.ask("CONFIG RESETSTAT");

        settle(run);
        assertThat(CommandCounts.of(server).calls("evalsha")).isLessThanOrEqualTo(MOST_SCRIPTS);
        while (store.sweep(new Sweep(Duration.ofSeconds(30), 1_000)).more()) {
            // Each sweep tells some more.
        }

        CommandCounts counts = CommandCounts.of(server);
        assertThat(ready()).isEqualTo(VERY_MANY);
        assertThat(counts.calls("evalsha")).isBetween((long) VERY_MANY / BATCH, VERY_MANY / BATCH + 30L);
        assertThat(counts.lookups()).isLessThan(20L * VERY_MANY);
        assertThat(store.verify()).isEmpty();
    }

    @Test
    void the_end_of_one_of_very_many_parents_costs_as_little_as_that_of_a_few() {
        long ofFew = costOfParents(10);

        assertThat(costOfParents(VERY_MANY)).isLessThan(ofFew * 2);
    }

    /** How many keys are looked up for the ends of ten parents of so many. */
    private long costOfParents(int many) {
        List<JobDraft> parents = works(many).toList();
        JobDraft child = Jobs.plain("unclaimed").after(parents.toArray(JobDraft[]::new));
        enqueue(Stream.concat(parents.stream(), Stream.of(child)));
        List<ClaimedJob> runs = claim(10);
        server.ask("CONFIG RESETSTAT");
        settle(runs);
        long lookups = CommandCounts.of(server).lookups();
        for (List<ClaimedJob> some = claim(BATCH); !some.isEmpty(); some = claim(BATCH)) {
            settle(some);
        }
        assertThat(store.get(Set.of(child.id()))).extracting(job -> job.state()).containsExactly(JobState.READY);
        return lookups;
    }

    private static Stream<JobDraft> works(int count) {
        return IntStream.range(0, count).mapToObj(any -> Jobs.work());
    }

    private void enqueue(Stream<JobDraft> drafts) {
        store.enqueue(drafts.map(JobDraft::newJob).toList());
    }

    private long ready() {
        return store.counts().stream()
                .filter(count -> count.state() == JobState.READY)
                .mapToLong(JobCount::count)
                .sum();
    }

    private List<ClaimedJob> claim(int limit) {
        Claim claim = new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1_000, limit, 1);
        return store.exchange(new Exchange(session, ++exchange, List.of(), claim))
                .claimed();
    }

    private void settle(Collection<ClaimedJob> runs) {
        List<Settlement> outcomes = runs.stream()
                .map(run -> Settlement.of(run.run(), new Outcome.Succeeded(null)))
                .toList();
        store.exchange(new Exchange(session, ++exchange, outcomes, new Claim.Nothing()));
    }
}
