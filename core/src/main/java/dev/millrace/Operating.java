package dev.millrace;

import dev.millrace.internal.workflow.Head;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Store;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Operations by hand. They leave the jobs alone that stand for workflows: those end with their workflow's jobs, and are gone with
 * retention. Operations that name one are refused with what to do; operations by filter leave them out.
 */
final class Operating {
    private final Store store;

    Operating(Store store) {
        this.store = store;
    }

    OperationReport operate(Operation operation, Filter filter, @Nullable UUID after, int limit) {
        if (!filter.ids().isEmpty()) {
            return onNamed(operation, filter, after, limit);
        }
        return mayFindHeads(filter)
                ? onOthers(operation, filter, after, limit)
                : store.operate(operation, filter, after, limit);
    }

    private OperationReport onNamed(Operation operation, Filter filter, @Nullable UUID after, int limit) {
        Set<UUID> others = new LinkedHashSet<>(filter.ids());
        Map<UUID, String> refused = new LinkedHashMap<>();
        for (JobRecord job : store.get(filter.ids())) {
            if (spares(operation, job)) {
                others.remove(job.id());
                refused.put(job.id(), refusal(operation, job.id()));
            }
        }
        OperationReport report = others.isEmpty()
                ? new OperationReport(List.of(), List.of(), Map.of(), null)
                : store.operate(operation, filter.withIds(others), after, limit);
        refused.putAll(report.refused());
        return new OperationReport(report.done(), report.requested(), refused, report.next());
    }

    /** Finds first, and then names the others: a store knows no filter that leaves heads out. */
    private OperationReport onOthers(Operation operation, Filter filter, @Nullable UUID after, int limit) {
        JobPage page = store.page(filter, after, limit);
        Set<UUID> others = new LinkedHashSet<>();
        page.jobs().stream().filter(job -> !spares(operation, job)).forEach(job -> others.add(job.id()));
        OperationReport report = others.isEmpty()
                ? new OperationReport(List.of(), List.of(), Map.of(), null)
                : store.operate(operation, filter.withIds(others), null, others.size());
        return new OperationReport(report.done(), report.requested(), report.refused(), page.next());
    }

    private boolean mayFindHeads(Filter filter) {
        boolean fits = (filter.kind() == null || filter.kind().equals(Head.KIND))
                && (filter.queue() == null || filter.queue().equals(Head.QUEUE))
                && filter.tag() == null
                && filter.group() == null;
        return fits && store.counts().stream().anyMatch(count -> count.kind().equals(Head.KIND) && count.count() > 0);
    }

    private static boolean spares(Operation operation, JobRecord job) {
        return Head.is(job.spec())
                && !(operation instanceof Operation.Delete && job.state().finished());
    }

    private static String refusal(Operation operation, UUID id) {
        String stands = "it stands for a workflow";
        if (operation instanceof Operation.Cancel) {
            return stands + ": use millrace workflow cancel " + id;
        }
        if (operation instanceof Operation.RunAgain) {
            return stands + ": use millrace workflow retry " + id;
        }
        return operation instanceof Operation.Delete
                ? stands + " that has not ended: use millrace workflow cancel " + id + " first"
                : stands + ", which has no time or priority of its own";
    }
}
