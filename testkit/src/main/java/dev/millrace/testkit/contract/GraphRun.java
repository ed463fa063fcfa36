package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Failure;
import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** Runs a graph with everything that can happen to its jobs, at random, and then lets it come to rest; checks each step. */
final class GraphRun {
    private static final int MOST_ROUNDS = 400;

    private final Store store;
    private final StoreDriver driver;
    private final ManualClock clock;
    private final Random random;
    private final Graph graph;
    private final GraphModel model;
    private final List<SessionDriver> sessions = new ArrayList<>();
    private final List<Map<UUID, ClaimedJob>> running = new ArrayList<>();
    private final List<String> story = new ArrayList<>();
    private final Map<UUID, Long> tokens = new HashMap<>();
    private QueueLimits limits = QueueLimits.NONE;

    GraphRun(Store store, ManualClock clock, Graph graph, Random random) {
        this.store = store;
        this.driver = new StoreDriver(store, clock);
        this.clock = clock;
        this.graph = graph;
        this.random = random;
        this.model = new GraphModel(graph.byId());
        for (int i = 0; i < 2; i++) {
            sessions.add(driver.session());
            running.add(new TreeMap<>());
        }
    }

    /** All that was done, for whoever has to find out. */
    String story() {
        return String.join("\n", story);
    }

    /** So many steps, the enqueues among them; then on until nothing moves. Leaves the jobs as they ended. */
    void run(int steps) {
        setLimit();
        for (List<JobDraft> planned : graph.calls()) {
            List<JobDraft> call = planned.stream()
                    .map(draft -> model.without(draft, gone(planned)))
                    .toList();
            call.forEach(draft -> tell("enqueue " + described(draft)));
            driver.enqueue(call);
            look();
            for (int i = 0; i < steps / graph.calls().size(); i++) {
                step();
            }
            checkBooks();
        }
        rest();
        checkBooks();
    }

    /** Deletes the graph's jobs, which have ended, so that the next one finds an empty store. */
    void clear() {
        driver.delete(model.ids().toArray(UUID[]::new));
        sessions.forEach(SessionDriver::close);
        graph.queues().forEach(driver::noLimits);
        driver.settleDown();
    }

    /** Whom nobody can wait for any more: what was enqueued before this call, and is deleted. */
    private Set<UUID> gone(List<JobDraft> call) {
        Set<UUID> gone = new HashSet<>(model.ids());
        model.jobs().forEach(job -> gone.remove(job.id()));
        call.forEach(draft -> gone.remove(draft.id()));
        return gone;
    }

    private void step() {
        int choice = random.nextInt(100);
        if (choice < 30) {
            exchange(random.nextInt(sessions.size()), 1 + random.nextInt(4), random.nextInt(3));
        } else if (choice < 55) {
            exchange(random.nextInt(sessions.size()), 0, 1 + random.nextInt(2));
        } else if (choice < 60) {
            claimThis(any());
        } else if (choice < 65) {
            UUID id = any();
            tell("cancel " + id);
            driver.cancel(id);
        } else if (choice < 67) {
            delete(any());
        } else if (choice < 77) {
            runAgain(any());
        } else if (choice < 81) {
            die(random.nextInt(sessions.size()));
        } else if (choice < 90) {
            Duration time = Duration.ofSeconds(1 + random.nextInt(600));
            tell("advance by " + time);
            clock.advance(time);
            sessions.forEach(SessionDriver::beat);
        } else if (choice < 93) {
            setLimit();
        } else {
            tell("sweep");
            driver.sweep();
        }
        look();
    }

    /** Settles up to so many runs of a session at random, and claims up to so many jobs. */
    private void exchange(int which, int claims, int settlements) {
        Map<UUID, ClaimedJob> own = running.get(which);
        List<ClaimedJob> ending = own.values().stream()
                .sorted((a, b) -> a.spec().id().compareTo(b.spec().id()))
                .limit(settlements)
                .toList();
        exchange(
                which,
                claims,
                ending.stream().map(run -> Settlement.of(run.run(), outcome())).toList());
    }

    private void exchange(int which, int claims, List<Settlement> settlements) {
        SessionDriver session = sessions.get(which);
        Map<UUID, ClaimedJob> own = running.get(which);
        Claim claim =
                claims == 0 ? new Claim.Nothing() : session.next(new Claim.Queues.InOrder(graph.queues()), claims);
        settlements.forEach(
                one -> tell("session " + which + " settles " + one.run().job() + " by " + one.outcome()));
        ExchangeReply reply = session.exchange(settlements, claim);
        assertThat(reply.answers())
                .containsOnly(settlements.isEmpty() ? new SettleAnswer[0] : new SettleAnswer[] {SettleAnswer.APPLIED});
        for (Settlement settlement : settlements) {
            own.remove(settlement.run().job());
            if (settlement.outcome() instanceof Outcome.Retry) {
                model.retried(settlement.run().job());
            }
        }
        look();
        reply.claimed().forEach(run -> began(which, run));
    }

    private void claimThis(UUID id) {
        tell("session 0 claims " + id);
        sessions.get(0).claimThis(id).ifPresent(run -> began(0, run));
    }

    private void began(int which, ClaimedJob run) {
        UUID id = run.spec().id();
        tell("session " + which + " runs " + id + ", token " + run.token());
        assertThat(running).noneMatch(own -> own.containsKey(id));
        assertThat(run.token()).isEqualTo(tokens.getOrDefault(id, 0L) + 1);
        assertThat(id).isNotEqualTo(graph.head() == null ? null : graph.head().id());
        assertThat(model.checkClaim(run)).as("faults of a claim").isEmpty();
        tokens.put(id, run.token());
        running.get(which).put(id, run);
    }

    private Outcome outcome() {
        Duration delay = Duration.ofSeconds(random.nextInt(3) == 0 ? 0 : random.nextInt(600));
        int choice = random.nextInt(100);
        if (choice < 45) {
            return new Outcome.Succeeded(null);
        }
        if (choice < 65) {
            return new Outcome.Failed(Failure.of("broken", "it broke"));
        }
        if (choice < 80) {
            return new Outcome.Retry(Failure.of("broken", "it broke"), delay);
        }
        return choice < 90 ? new Outcome.Snoozed(delay) : new Outcome.HandedBack(choice < 95);
    }

    private void delete(UUID id) {
        OperationReport report = driver.delete(id);
        tell("delete " + id + ": " + report.done());
        if (!report.done().isEmpty()) {
            model.deleted(id);
        }
    }

    private void runAgain(UUID id) {
        if (graph.head() != null && graph.head().id().equals(id)) {
            return;
        }
        OperationReport report = driver.runAgain(id);
        tell("run again " + id + ": " + report.done() + report.refused());
        if (!report.done().isEmpty()) {
            model.ranAgain(id);
        }
    }

    private void die(int which) {
        tell("session " + which + " dies");
        sessions.get(which).close();
        running.get(which).clear();
        driver.sweep();
        sessions.set(which, driver.session());
    }

    private void setLimit() {
        int atOnce = random.nextInt(4);
        tell("limit " + atOnce);
        limits = Graph.limits(atOnce);
        graph.queues().forEach(queue -> driver.limits(queue, limits));
    }

    /** Runs everything, which succeeds, until nothing moves and nothing waits for its time. */
    private void rest() {
        tell("come to rest");
        for (int rounds = 0; rounds < MOST_ROUNDS; rounds++) {
            for (int which = 0; which < sessions.size(); which++) {
                exchange(
                        which,
                        9,
                        running.get(which).values().stream()
                                .map(run -> Settlement.of(run.run(), new Outcome.Succeeded(null)))
                                .toList());
            }
            if (running.stream().allMatch(Map::isEmpty)) {
                clock.advance(Duration.ofMinutes(30));
                sessions.forEach(SessionDriver::beat);
                driver.settleDown();
                look();
                if (model.jobs().stream().allMatch(job -> job.state().finished())) {
                    return;
                }
            }
        }
        List<JobRecord> left =
                model.jobs().stream().filter(job -> !job.state().finished()).toList();
        assertThat(left).as("jobs that never end").isEmpty();
    }

    private void look() {
        assertThat(model.look(store.get(model.ids()), limits))
                .as("faults of a step")
                .isEmpty();
    }

    private void checkBooks() {
        driver.settleDown();
        look();
        assertThat(Books.faults(store)).as("faults in the store's books").isEmpty();
        assertThat(FlowBooks.faults(store)).as("faults in the books of flow").isEmpty();
        for (Map<UUID, ClaimedJob> own : running) {
            assertThat(own.keySet()).allMatch(id -> model.state(id) == JobState.RUNNING);
        }
    }

    private UUID any() {
        List<UUID> ids = new ArrayList<>(model.ids());
        return Objects.requireNonNull(ids.get(random.nextInt(ids.size())));
    }

    private static String described(JobDraft draft) {
        return draft.id() + ", priority " + draft.spec().priority() + ", due " + draft.due() + ", expiry "
                + draft.expiry() + ", " + draft.spec().keys() + ", after " + draft.parents();
    }

    private void tell(String what) {
        story.add(clock.instant() + " " + what);
    }
}
