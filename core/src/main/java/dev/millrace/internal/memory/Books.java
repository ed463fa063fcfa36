package dev.millrace.internal.memory;

import dev.millrace.JobState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checks the ledger's statistics and indexes against its jobs. */
final class Books {
    private final Ledger ledger;

    Books(Ledger ledger) {
        this.ledger = ledger;
    }

    List<String> problems() {
        List<String> problems = new ArrayList<>();
        Map<Lane, Map<JobState, Long>> recount = new HashMap<>();
        long indexed = 0;
        for (Job job : ledger.all()) {
            recount.computeIfAbsent(job.lane, lane -> new HashMap<>()).merge(job.state, 1L, Long::sum);
            indexed += ledger.indexed(job) ? 1 : 0;
            problems.addAll(ledger.flow().problems(job));
            if (!ledger.wellIndexed(job)) {
                problems.add("job " + job.spec.id() + " is " + job.state + ", and the indexes do not agree");
            }
            Session holder = job.session;
            if ((job.state == JobState.RUNNING) != (holder != null && holder.claims.contains(job))) {
                problems.add("job " + job.spec.id() + " is " + job.state + ", and its session does not agree");
            }
        }
        if (indexed != ledger.indexEntries()) {
            problems.add("the indexes hold " + ledger.indexEntries() + " entries for " + indexed + " jobs");
        }
        ledger.lanes()
                .values()
                .forEach(ofQueue -> ofQueue.values().forEach(lane -> {
                    for (JobState state : JobState.values()) {
                        long counted = recount.getOrDefault(lane, Map.of()).getOrDefault(state, 0L);
                        if (counted != lane.count(state)) {
                            problems.add("queue " + lane.queue + " has " + counted + " " + state + " jobs of kind "
                                    + lane.kind + ", and the statistics say " + lane.count(state));
                        }
                    }
                }));
        return problems;
    }
}
