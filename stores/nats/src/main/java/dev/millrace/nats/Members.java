package dev.millrace.nats;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/**
 * Members of workflows that have ended and are kept without an end, since their workflow has not. Made anew from the jobs, so
 * what is left to do when a leader dies is found by the next. Touched on the leader's thread only.
 */
final class Members {
    private final Map<UUID, Set<Job>> kept = new HashMap<>();

    /** Workflows that are over and have members here. */
    private final Set<UUID> over = new LinkedHashSet<>();

    void add(Job member) {
        kept.computeIfAbsent(workflowOf(member), any -> new LinkedHashSet<>()).add(member);
    }

    void remove(Job member) {
        kept.computeIfPresent(workflowOf(member), (workflow, members) -> {
            members.remove(member);
            return members.isEmpty() ? null : members;
        });
    }

    boolean contains(Job member) {
        return member.spec.keys().member() != null
                && kept.getOrDefault(workflowOf(member), Set.of()).contains(member);
    }

    /** The workflow has ended, or is gone. */
    void ended(UUID workflow) {
        if (kept.containsKey(workflow)) {
            over.add(workflow);
        }
    }

    /** The workflow goes on. */
    void reopened(UUID workflow) {
        over.remove(workflow);
    }

    /** All workflows that have members here. */
    Set<UUID> workflows() {
        return Set.copyOf(kept.keySet());
    }

    boolean isQuiet() {
        return over.isEmpty();
    }

    /** Some that are to be kept like any other job from now on; empty when there are none. */
    List<Job> next(int most) {
        while (!over.isEmpty()) {
            UUID first = over.iterator().next();
            Set<Job> members = kept.getOrDefault(first, Set.of());
            if (!members.isEmpty()) {
                return members.stream().limit(most).toList();
            }
            over.remove(first);
        }
        return List.of();
    }

    private static UUID workflowOf(Job job) {
        return Objects.requireNonNull(job.spec.keys().member()).workflow();
    }
}
