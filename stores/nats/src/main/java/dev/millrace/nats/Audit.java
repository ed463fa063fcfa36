package dev.millrace.nats;

import dev.millrace.JobState;
import dev.millrace.internal.flow.Dependencies;
import dev.millrace.internal.flow.GroupKey;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish.Judgement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Compares the leader's indexes with its jobs. Used on the leader's thread, or on what a replay has read. */
final class Audit {
    private final Ledger ledger;
    private final Flow flow;
    private final List<String> problems = new ArrayList<>();
    private final Map<Lane, Map<JobState, Long>> recount = new HashMap<>();
    private final Map<GroupKey, Integer> holders = new HashMap<>();
    private long indexed;
    private long blocked;

    private Audit(Ledger ledger) {
        this.ledger = ledger;
        flow = ledger.flow();
    }

    /** What the indexes get wrong. */
    static List<String> of(Ledger ledger) {
        Audit audit = new Audit(ledger);
        ledger.all().forEach(audit::look);
        audit.compare();
        return audit.problems;
    }

    private void look(Job job) {
        recount.computeIfAbsent(job.lane, lane -> new HashMap<>()).merge(job.state, 1L, Long::sum);
        indexed += Ledger.isIndexed(job) ? 1 : 0;
        if (!ledger.isWellIndexed(job)) {
            problems.add("job " + job.id() + " is " + job.state + ", and the indexes do not agree");
        }
        Session holder = job.session;
        boolean held = holder != null
                && holder.claims.contains(job)
                && ledger.sessions().get(holder.id) == holder;
        if ((job.state == JobState.RUNNING) != held) {
            problems.add("job " + job.id() + " is " + job.state + ", and its session does not agree");
        }
        if ((job.state == JobState.BLOCKED) != (job.gate != null)) {
            problems.add("job " + job.id() + " is " + job.state + ", and its gate is " + job.gate);
        }
        if (job.gate == Gate.PARENTS && isPast(job.id())) {
            problems.add("job " + job.id() + " is BLOCKED by parents, and waits for none");
        }
        if (job.spec.keys().group() != null) {
            lookAtSlot(job);
        }
        flow.ties().of(job.id()).forEach(this::lookAt);
    }

    /** Whether nothing is left that it waits for: one that is not needed waits all the same when it was run again by hand. */
    private boolean isPast(UUID id) {
        Dependencies graph = flow.ties().graph();
        Judgement standing = graph.standing(id);
        return standing != null && !(standing == Judgement.UNNEEDED && graph.waits(id));
    }

    private void lookAtSlot(Job job) {
        GroupKey key = GroupKey.of(job.spec);
        boolean runs = job.state == JobState.READY || job.state == JobState.RUNNING;
        if (runs ? !job.holdsSlot : job.holdsSlot && job.state != JobState.SCHEDULED) {
            problems.add("job " + job.id() + " is " + job.state + ", and has a slot of its group: " + job.holdsSlot);
        }
        holders.merge(key, job.holdsSlot ? 1 : 0, Integer::sum);
        blocked += job.gate == Gate.GROUP ? 1 : 0;
        if (flow.groups().blocked(key, job) != (job.gate == Gate.GROUP)) {
            problems.add("job " + job.id() + " is " + job.state + ", and its group does not agree");
        }
    }

    private void lookAt(Tie tie) {
        UUID id = tie.parent.job();
        Job parent = ledger.find(id);
        Verdict ended =
                parent != null && parent.state.finished() ? Verdict.of(parent.state, parent.cancelReason) : null;
        boolean told = parent == null ? tie.verdict != null : tie.verdict == ended;
        if (!told && !flow.outbox().tells(id)) {
            problems.add("job " + tie.child + " has heard " + tie.verdict + " of its parent " + id + ", which is "
                    + (parent == null ? "gone" : parent.state));
        }
    }

    private void compare() {
        for (Map<String, Lane> ofQueue : ledger.lanes().all().values()) {
            ofQueue.values().forEach(this::compare);
        }
        if (indexed != ledger.indexed()) {
            problems.add("the indexes hold " + ledger.indexed() + " entries for " + indexed + " jobs");
        }
        holders.forEach((key, count) -> {
            if (flow.groups().held(key) != count) {
                problems.add(count + " jobs have a slot of group " + key + ", and it counts "
                        + flow.groups().held(key));
            }
        });
        long held = holders.values().stream().mapToLong(Integer::longValue).sum();
        if (flow.groups().held() != held || flow.groups().blocked() != blocked) {
            problems.add("the groups count " + flow.groups().held() + " holders and "
                    + flow.groups().blocked() + " blocked jobs, and there are " + held + " and " + blocked);
        }
        flow.ties().all().stream()
                .filter(tie -> ledger.find(tie.child) == null)
                .forEach(tie -> problems.add("job " + tie.child + " is gone, and what it waited for is not"));
    }

    private void compare(Lane lane) {
        if (lane.hasReady() != ledger.lanes().isReady(lane)) {
            problems.add("the lane of " + lane.kind + " in " + lane.queue + " is not where claims look");
        }
        Map<JobState, Long> counted = recount.getOrDefault(lane, Map.of());
        for (JobState state : JobState.values()) {
            if (counted.getOrDefault(state, 0L) != lane.count(state)) {
                problems.add("queue " + lane.queue + " has " + counted.getOrDefault(state, 0L) + " " + state
                        + " jobs of kind " + lane.kind + ", and the statistics say " + lane.count(state));
            }
        }
    }
}
