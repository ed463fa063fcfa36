package dev.millrace.testkit.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Store;
import dev.millrace.testkit.contract.Books;
import dev.millrace.testkit.contract.FlowBooks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What came of the jobs, once all is quiet: the journal, which tells what callers and handlers saw, held against the store.
 *
 * <p>Run twice by live sessions means: two runs of one job overlap, the worker of the earlier was not killed, and its session
 * was not closed, which the record of its run would show as RESCUED; or one run was started twice.
 */
public final class Audit {
    private static final int CHUNK = 500;

    private final Store store;
    private final Crowds crowds;
    private final Ticks.Made ticks;
    private final Set<UUID> accepted = new HashSet<>();
    private final Map<UUID, Integer> starts = new HashMap<>();
    private final List<String> neverToHappen = new ArrayList<>();
    private final List<String> runTwice = new ArrayList<>();
    private final List<String> lost = new ArrayList<>();
    private final List<String> settledTwice = new ArrayList<>();
    private final List<String> early = new ArrayList<>();
    private final Map<UUID, Integer> firstStart = new HashMap<>();
    private final Map<UUID, Integer> firstEnd = new HashMap<>();
    private final List<String> blamed = new ArrayList<>();
    private final Set<UUID> rescued = new HashSet<>();
    private final Set<String> lockTokens = new HashSet<>();
    private final List<String> crowded;

    Audit(Journal journal, Store store, Ticks.Made ticks) {
        this.store = store;
        this.ticks = ticks;
        this.crowds = new Crowds(store);
        read(journal);
        List<UUID> all = List.copyOf(accepted);
        for (int from = 0; from < all.size(); from += CHUNK) {
            check(all.subList(from, Math.min(all.size(), from + CHUNK)));
        }
        for (Map.Entry<UUID, Integer> entry : starts.entrySet()) {
            if (entry.getValue() > 1) {
                checkSuccesses(entry.getKey());
            }
        }
        this.crowded = crowds.tooMany(journal, this::closed);
    }

    private void read(Journal journal) {
        Set<String> dead = new HashSet<>();
        Set<Started> seen = new HashSet<>();
        Set<String> tokens = new HashSet<>();
        Map<UUID, Set<Started>> running = new HashMap<>();
        int number = 0;
        for (String[] line : journal.lines()) {
            number++;
            switch (line[0]) {
                case "A" -> accepted.add(UUID.fromString(line[1]));
                case "K" -> dead.add(line[1]);
                case "S" -> {
                    Started run = Started.of(line);
                    firstStart.putIfAbsent(run.job(), number);
                    starts.merge(run.job(), 1, Integer::sum);
                    if (!seen.add(run) || !tokens.add(run.job() + " " + run.token())) {
                        runTwice.add(run + " was started twice");
                    }
                    Set<Started> others = running.computeIfAbsent(run.job(), id -> new HashSet<>());
                    for (Started other : others) {
                        if (!dead.contains(other.worker()) && !closed(first(run, other))) {
                            runTwice.add(other + " and " + run);
                        }
                    }
                    others.add(run);
                }
                case "E" -> {
                    Started run = Started.of(line);
                    firstEnd.putIfAbsent(run.job(), number);
                    running.getOrDefault(run.job(), new HashSet<>()).remove(run);
                }
                case "L" -> {
                    if (!lockTokens.add(line[1])) {
                        neverToHappen.add("token " + line[1] + " of the lock was given twice");
                    }
                }
                case "X" -> neverToHappen.add(String.join(" ", line));
                default -> {}
            }
        }
    }

    /** The one whose session must have been closed before the other could be claimed. */
    private static Started first(Started one, Started other) {
        return one.token() < other.token() ? one : other;
    }

    private boolean closed(Started run) {
        return store.trail(run.job()).runs().stream()
                .anyMatch(record -> record.token() == run.token() && record.end() == RunEnd.RESCUED);
    }

    private void check(List<UUID> ids) {
        Set<UUID> missing = new HashSet<>(ids);
        for (JobRecord job : store.get(ids)) {
            missing.remove(job.id());
            crowds.add(job);
            if (job.state() != JobState.SUCCEEDED) {
                lost.add(job.id() + " is " + job.state() + " after " + job.run() + " " + job.failure());
            }
            if (job.run().attempt() > 1) {
                blamed.add(job.id() + " made " + job.run().attempt() + " attempts, though it never failed");
            }
            if (job.run().rescues() > 0) {
                rescued.add(job.id());
            }
        }
        missing.forEach(id -> lost.add(id + " is not there"));
        for (Dependency dependency : store.parents(ids)) {
            UUID parent = dependency.parent().job();
            int start = firstStart.getOrDefault(dependency.child(), Integer.MAX_VALUE);
            if (start < firstEnd.getOrDefault(parent, Integer.MAX_VALUE)) {
                early.add(dependency.child() + " began before the end of " + parent + ", for which it waits");
            }
        }
    }

    private void checkSuccesses(UUID id) {
        List<RunRecord> successes = store.trail(id).runs().stream()
                .filter(run -> run.end() == RunEnd.SUCCEEDED)
                .toList();
        if (successes.size() > 1) {
            settledTwice.add(id + ": " + successes);
        }
    }

    /** The largest token of the lock that any producer was given; 0 for none. */
    long lockToken() {
        return lockTokens.stream().mapToLong(Long::parseLong).max().orElse(0);
    }

    int rescued() {
        return rescued.size();
    }

    /**
     * Says what came of it, in one line.
     *
     * @param what the fault
     * @param more what else is to be told, as how long it took; may be empty
     */
    public void print(String what, String more) {
        System.out.printf(
                "[%s] %s: accepted %d, finished %d, lost %d, settled twice %d, run twice by live %d, rescued %d%s%s%n",
                store.info().engine(),
                what,
                accepted.size(),
                accepted.size() - lost.size(),
                lost.size(),
                settledTwice.size(),
                runTwice.size(),
                rescued.size(),
                ticks.jobs() == 0 ? "" : ", ticks " + ticks.jobs(),
                more.isEmpty() ? "" : ", " + more);
    }

    /** Asserts what every engine promises as long as its server keeps what it has: nothing lost, twice settled or twice run at once. */
    public void assertAllKept() {
        assertThat(lost).as("accepted jobs that did not succeed").isEmpty();
        assertThat(settledTwice).as("jobs with two successful runs").isEmpty();
        assertThat(runTwice).as("runs of one job by two live sessions").isEmpty();
        assertThat(early).as("jobs that began before those that they wait for").isEmpty();
        assertThat(crowded).as("more at once than may be").isEmpty();
        assertThat(ticks.faults()).as("ticks that did not make one job each").isEmpty();
        assertThat(blamed).as("jobs blamed for what befell their workers").isEmpty();
        assertInOrder();
    }

    /** Asserts what holds even where the server has lost its last moments. */
    void assertInOrder() {
        assertThat(accepted).as("accepted jobs").isNotEmpty();
        assertThat(neverToHappen).as("what never may happen").isEmpty();
        assertThat(Books.faults(store)).as("faults in the store's books").isEmpty();
        assertThat(FlowBooks.faults(store)).as("faults in the books of flow").isEmpty();
    }
}
