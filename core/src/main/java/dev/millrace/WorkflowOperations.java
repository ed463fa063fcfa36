package dev.millrace;

import dev.millrace.internal.workflow.Layers;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Verdict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What is done to all jobs of a workflow by hand, in an order in which each gets its own due. */
final class WorkflowOperations {
    private static final int BATCH = 1_000;
    /** New jobs may come, and effects in other partitions land, while it goes through them: so often it looks again. */
    private static final int ROUNDS = 5;

    private final Millrace millrace;
    private final UUID workflow;

    WorkflowOperations(Millrace millrace, UUID workflow) {
        this.millrace = millrace;
        this.workflow = workflow;
    }

    /** Children before parents: a job whose parent is cancelled first would be given up, and not cancelled by hand. */
    long cancel() {
        return inRounds(new Operation.Cancel(), verdict -> verdict == null, true);
    }

    /** Parents before children: a job cannot run again while a parent of it stands in the way. */
    long retry() {
        return inRounds(
                new Operation.RunAgain(), verdict -> verdict == Verdict.FAILED || verdict == Verdict.CANCELLED, false);
    }

    private long inRounds(Operation operation, Predicate<@Nullable Verdict> meant, boolean childrenFirst) {
        Set<UUID> done = new HashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            Set<UUID> jobs = new LinkedHashSet<>();
            for (Dependency member : millrace.workflows.members(workflow)) {
                if (meant.test(member.verdict())) {
                    jobs.add(member.parent().job());
                }
            }
            jobs.removeAll(done);
            List<List<UUID>> layers = new ArrayList<>(layers(jobs));
            if (childrenFirst) {
                Collections.reverse(layers);
            }
            int before = done.size();
            layers.forEach(layer -> done.addAll(operate(operation, layer)));
            if (done.size() == before) {
                break;
            }
        }
        return done.size();
    }

    private List<List<UUID>> layers(Set<UUID> jobs) {
        Map<UUID, List<UUID>> parents = new HashMap<>();
        for (Dependency each : millrace.workflows.parents(jobs)) {
            parents.computeIfAbsent(each.child(), any -> new ArrayList<>())
                    .add(each.parent().job());
        }
        return Layers.of(jobs, job -> parents.getOrDefault(job, List.of())).layers();
    }

    private List<UUID> operate(Operation operation, List<UUID> layer) {
        List<UUID> meant = operation instanceof Operation.RunAgain ? causes(layer) : layer;
        List<UUID> done = new ArrayList<>();
        for (int from = 0; from < meant.size(); from += BATCH) {
            Set<UUID> batch = Set.copyOf(meant.subList(from, Math.min(meant.size(), from + BATCH)));
            UUID after = null;
            do {
                OperationReport report = millrace.operate(operation, Filter.ids(batch), after, BATCH);
                done.addAll(report.done());
                done.addAll(report.requested());
                after = report.next();
            } while (after != null);
        }
        return done;
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
