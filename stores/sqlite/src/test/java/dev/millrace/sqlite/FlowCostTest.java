package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.sqlite.MeteredFile.Cost;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What flow control costs, in statements and instructions: little for those who use it, and nothing for those who do not. */
class FlowCostTest {
    private static final int MANY = Boolean.getBoolean("millrace.long") ? 20_000 : 5_000;
    private static final int BATCH = Outbox.BATCH;
    private static final Claim NOTHING = new Claim.Nothing();

    @TempDir
    Path folder;

    private final UUID session = UUID.randomUUID();
    private MeteredFile file;
    private long exchanges;

    @BeforeEach
    void make() throws Exception {
        file = MeteredFile.make(folder.resolve("jobs.db"));
        file.make(tx -> {
            Sessions.open(tx, new SessionOpening(session, "w", "{}"));
            return true;
        });
    }

    @AfterEach
    void close() throws Exception {
        file.close();
        try (var store = Stores.open(folder.resolve("jobs.db"), "")) {
            assertThat(store.verify()).isEmpty();
        }
    }

    private static List<NewJob> jobs(int count, Supplier<JobDraft> draft) {
        return Stream.generate(draft).limit(count).map(JobDraft::newJob).toList();
    }

    private void enqueue(List<NewJob> jobs) throws SQLException {
        for (int from = 0; from < jobs.size(); from += 1_000) {
            List<NewJob> part = jobs.subList(from, Math.min(jobs.size(), from + 1_000));
            file.make(tx -> Enqueues.enqueue(tx, part));
        }
    }

    private Tx.Change<ExchangeReply> exchange(List<Settlement> settlements, Claim claim) {
        long number = ++exchanges;
        return tx -> Sessions.exchange(tx, new Exchange(session, number, settlements, claim));
    }

    private static Claim next(int limit) {
        return new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1_000, limit, 1);
    }

    private static Settlement success(ClaimedJob job) {
        return Settlement.of(job.run(), new Outcome.Succeeded(null));
    }

    private ClaimedJob take(UUID job) throws SQLException {
        return file.make(exchange(List.of(), new Claim.One(job, Set.of(Jobs.WORK))))
                .claimed()
                .get(0);
    }

    private Cost costOfPlainWork() throws SQLException {
        List<NewJob> plain = jobs(400, Jobs::work);
        Cost enqueued = file.costOf(tx -> Enqueues.enqueue(tx, plain));
        AtomicReference<ExchangeReply> reply = new AtomicReference<>();
        Tx.Change<ExchangeReply> claim = exchange(List.of(), next(200));
        Cost claimed = file.costOf(tx -> {
            reply.set(claim.make(tx));
            return true;
        });
        assertThat(reply.get().claimed()).hasSize(200);
        List<Settlement> done =
                reply.get().claimed().stream().map(FlowCostTest::success).toList();
        Cost settled = file.costOf(exchange(done, next(200)));
        return new Cost(
                enqueued.statements() + claimed.statements() + settled.statements(),
                claimed.instructions() + settled.instructions());
    }

    @Test
    void plain_work_costs_the_same_whatever_is_blocked_beside_it() throws Exception {
        costOfPlainWork();
        file.make(exchange(List.of(), next(1_000)));
        Cost alone = costOfPlainWork();
        file.make(exchange(List.of(), next(1_000)));
        JobDraft parent = Jobs.plain("other");
        enqueue(jobs(1, () -> parent));
        enqueue(jobs(MANY / 2, () -> Jobs.work().serial("k")));
        enqueue(jobs(MANY / 2, () -> Jobs.work().after(parent)));
        file.make(exchange(List.of(), next(1_000)));

        Cost beside = costOfPlainWork();

        assertThat(beside.statements()).isEqualTo(alone.statements());
        assertThat(beside.instructions()).isLessThan(alone.instructions() + alone.instructions() / 10);
    }

    @Test
    void many_children_are_told_in_batches_at_the_same_price_each() throws Exception {
        JobDraft parent = Jobs.work();
        enqueue(jobs(1, () -> parent));
        enqueue(jobs(MANY, () -> Jobs.work().after(parent)));
        Settlement done = success(take(parent.id()));

        Cost first = file.costOf(exchange(List.of(done), NOTHING));
        List<Cost> batches = new ArrayList<>();
        while (file.make(tx -> tx.outbox.due())) {
            batches.add(file.costOf(exchange(List.of(), NOTHING)));
        }

        assertThat(batches).hasSize(MANY / BATCH);
        assertThat(first.statements()).isBetween(3L * BATCH, 7L * BATCH);
        assertThat(batches).allMatch(batch -> batch.statements() <= first.statements());
        assertThat(batches).allMatch(batch -> batch.instructions() < first.instructions() * 2);
        assertThat(ready()).isEqualTo(MANY);
    }

    @Test
    void each_of_many_parents_tells_their_child_at_the_same_price() throws Exception {
        List<JobDraft> parents = Stream.generate(Jobs::work).limit(MANY).toList();
        JobDraft child = Jobs.work().priority(10).after(parents.toArray(JobDraft[]::new));
        enqueue(parents.stream().map(JobDraft::newJob).toList());
        Cost tied = file.costOf(tx -> Enqueues.enqueue(tx, List.of(child.newJob())));
        assertThat(tied.statements()).isLessThan(4L * MANY);

        List<Cost> batches = new ArrayList<>();
        AtomicReference<ExchangeReply> reply = new AtomicReference<>(file.make(exchange(List.of(), next(BATCH))));
        while (!reply.get().claimed().isEmpty()) {
            List<Settlement> done =
                    reply.get().claimed().stream().map(FlowCostTest::success).toList();
            Tx.Change<ExchangeReply> exchange = exchange(done, next(BATCH));
            batches.add(file.costOf(tx -> {
                reply.set(exchange.make(tx));
                return true;
            }));
        }

        Cost first = batches.get(0);
        assertThat(batches).hasSize(MANY / BATCH + 1);
        assertThat(first.statements()).isLessThan(15L * BATCH);
        assertThat(batches).allMatch(batch -> batch.statements() <= first.statements() + 20);
        assertThat(batches).allMatch(batch -> batch.instructions() < first.instructions() * 2);
    }

    private long ready() throws SQLException {
        return file.make(tx -> tx.sql.number("SELECT sum(n) FROM millrace_count WHERE state = 2"));
    }
}
