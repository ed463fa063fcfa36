package dev.millrace;

import dev.millrace.internal.workflow.Layers;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What is done to all jobs of a workflow by hand, in an order in which each gets its own due. */
final class WorkflowOperations {
    private static final int BATCH = 1_000;
    /** New jobs may come while it goes through them: so often it looks again. */
    private static final int ROUNDS = 5;
    /**
     * Whether workers are alive is their own leases' affair: these sweeps are for what ended jobs owe to others, and take no job from
     * a session that is silent for less.
     */
    private static final Duration LEASE = Duration.ofDays(1);
    /** How long a retry goes on with what is refused. */
    private static final Duration MOST = Duration.ofSeconds(30);
    /** So many rounds in a row may bring nothing, although all that a sweep can deliver has been: others may be delivering the rest. */
    private static final int IDLE_ROUNDS = 3;

    private static final long PAUSE_NANOS = 50_000_000;

    private final Millrace millrace;
    private final UUID workflow;

    WorkflowOperations(Millrace millrace, UUID workflow) {
        this.millrace = millrace;
        this.workflow = workflow;
    }

    /**
     * What one round has come to.
     *
     * @param done jobs it was done to, or will be
     * @param refused the others, each with the reason
     */
    private record Round(Set<UUID> done, Map<UUID, String> refused) {
        Round() {
            this(new HashSet<>(), new LinkedHashMap<>());
        }
    }

    /** Children before parents: a job whose parent is cancelled first would be given up, and not cancelled by hand. */
    long cancel() {
        Set<UUID> done = new HashSet<>();
        for (int i = 0; i < ROUNDS; i++) {
            List<List<UUID>> layers = new ArrayList<>(layers(members(verdict -> verdict == null, done)));
            Collections.reverse(layers);
            Round round = new Round();
            layers.forEach(layer -> operate(new Operation.Cancel(), layer, round));
            if (!done.addAll(round.done())) {
                break;
            }
        }
        return done.size();
    }

    /**
     * Parents before children: a job cannot run again while a parent of it stands in the way. That a parent runs again reaches its
     * children in parts, and without a worker by sweeps alone: what is refused is tried again after one.
     *
     * @param refused is given what could not be run again, and why
     */
    long retry(BiConsumer<? super UUID, ? super String> refused) {
        long deadline = System.nanoTime() + MOST.toNanos();
        Set<UUID> done = new HashSet<>();
        Round round;
        int idle = 0;
        do {
            deliver(deadline);
            round = runAgain(done);
            if (done.addAll(round.done())) {
                idle = 0;
            } else if (!round.refused().isEmpty()) {
                idle++;
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } while (!(round.done().isEmpty() && round.refused().isEmpty())
                && idle < IDLE_ROUNDS
                && System.nanoTime() - deadline < 0);
        round.refused().forEach(refused);
        return done.size();
    }

    private Round runAgain(Set<UUID> done) {
        Round round = new Round();
        Set<UUID> jobs = members(verdict -> verdict == Verdict.FAILED || verdict == Verdict.CANCELLED, done);
        layers(jobs).forEach(layer -> operate(new Operation.RunAgain(), causes(layer), round));
        return round;
    }

    /** Lets what ended and revived jobs owe to others land. */
    private void deliver(long deadline) {
        Sweep sweep = new Sweep(LEASE, BATCH);
        while (millrace.store().sweep(sweep).more() && System.nanoTime() - deadline < 0) {
            // the rest comes with the next
        }
    }

    private Set<UUID> members(Predicate<@Nullable Verdict> meant, Set<UUID> done) {
        Set<UUID> jobs = new LinkedHashSet<>();
        for (Dependency member : millrace.workflows.members(workflow)) {
            if (meant.test(member.verdict())) {
                jobs.add(member.parent().job());
            }
        }
        jobs.removeAll(done);
        return jobs;
    }

    private List<List<UUID>> layers(Set<UUID> jobs) {
        Map<UUID, List<UUID>> parents = new HashMap<>();
        for (Dependency each : millrace.workflows.parents(jobs)) {
            parents.computeIfAbsent(each.child(), any -> new ArrayList<>())
                    .add(each.parent().job());
        }
        return Layers.of(jobs, job -> parents.getOrDefault(job, List.of())).layers();
    }

    private void operate(Operation operation, List<UUID> jobs, Round round) {
        for (int from = 0; from < jobs.size(); from += BATCH) {
            Set<UUID> batch = Set.copyOf(jobs.subList(from, Math.min(jobs.size(), from + BATCH)));
            UUID after = null;
            do {
                OperationReport report = millrace.operate(operation, Filter.ids(batch), after, BATCH);
                round.done().addAll(report.done());
                round.done().addAll(report.requested());
                round.refused().putAll(report.refused());
                after = report.next();
            } while (after != null);
        }
    }

    /** Those that did not end as they did because of others: the others come back by themselves. */
    private List<UUID> causes(List<UUID> jobs) {
        return millrace.workflows
                .records(jobs)
                .filter(job -> job.state() == JobState.FAILED
                        || job.cancelReason() == CancelReason.REQUESTED
                        || job.cancelReason() == CancelReason.EXPIRED)
                .map(JobRecord::id)
                .toList();
    }
}
