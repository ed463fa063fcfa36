package dev.millrace.testkit.contract;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Parent;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import dev.millrace.testkit.JobDraft;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What a graph's jobs have come to, as seen from outside after each step: how each has ever ended, and who holds places in groups.
 * Tells whether a claim was right, and whether a step let more jobs of a group pass than its limit.
 */
final class GraphModel {
    private record Group(String queue, String name, String key) {}

    private final Map<UUID, JobDraft> drafts;
    private final Map<UUID, Set<Verdict>> ends = new HashMap<>();
    private final Map<UUID, JobRecord> present = new HashMap<>();
    /** Run again by hand, by which a job that was not needed may run all the same. */
    private final Set<UUID> runAgain = new HashSet<>();
    /** Strict jobs that wait for a retry, and keep their places. */
    private final Set<UUID> keeping = new HashSet<>();

    private Map<Group, Long> holders = Map.of();

    GraphModel(Map<UUID, JobDraft> drafts) {
        this.drafts = new TreeMap<>(drafts);
        drafts.keySet().forEach(id -> ends.put(id, EnumSet.noneOf(Verdict.class)));
    }

    Set<UUID> ids() {
        return drafts.keySet();
    }

    /** A job that waits for none of these, from now on. */
    JobDraft without(JobDraft draft, Set<UUID> gone) {
        Keys.Member member = draft.spec().keys().member();
        JobSpec spec = member != null && gone.contains(member.workflow())
                ? draft.spec().withKeys(draft.spec().keys().withMember(null))
                : draft.spec();
        List<Parent> left = draft.parents().stream()
                .filter(parent -> !gone.contains(parent.job()))
                .toList();
        JobDraft possible = new JobDraft(spec, draft.due(), draft.expiry(), left);
        drafts.put(draft.id(), possible);
        return possible;
    }

    JobState state(UUID id) {
        return Objects.requireNonNull(present.get(id)).state();
    }

    List<JobRecord> jobs() {
        return List.copyOf(present.values());
    }

    /** A strict job's run ended by a retry. */
    void retried(UUID id) {
        Keys.Group group = draft(id).spec().keys().group();
        if (group != null && group.strict()) {
            keeping.add(id);
        }
    }

    void ranAgain(UUID id) {
        runAgain.add(id);
    }

    /** A job was deleted: if it had not ended, that counts as cancelled. */
    void deleted(UUID id) {
        JobRecord job = present.get(id);
        if (job != null && !job.state().finished()) {
            ends(id).add(Verdict.CANCELLED);
        }
    }

    /** Takes in how the jobs stand after a step; what is wrong about it, one sentence each. */
    List<String> look(List<JobRecord> jobs, QueueLimits limits) {
        present.clear();
        for (JobRecord job : jobs) {
            present.put(job.id(), job);
            if (job.state().finished()) {
                ends(job.id()).add(Verdict.of(job.state(), job.cancelReason()));
            }
        }
        keeping.removeIf(id -> !present.containsKey(id) || state(id) != JobState.SCHEDULED);
        return checkPlaces(limits);
    }

    private List<String> checkPlaces(QueueLimits limits) {
        List<String> faults = new ArrayList<>();
        Map<Group, Long> now = new HashMap<>();
        for (JobRecord job : present.values()) {
            Keys.Group group = job.spec().keys().group();
            if (group != null && holds(job)) {
                now.merge(new Group(job.spec().queue(), group.name(), group.key()), 1L, Long::sum);
            }
        }
        now.forEach((group, count) -> {
            int slots = limits.slots(new Keys.Group(group.name(), group.key(), false));
            long before = holders.getOrDefault(group, 0L);
            if (count > slots && count > before) {
                faults.add(count + " jobs hold places in " + group + ", which has " + slots + "; before there were "
                        + before);
            }
        });
        holders = now;
        return faults;
    }

    private boolean holds(JobRecord job) {
        return job.state() == JobState.READY || job.state() == JobState.RUNNING || keeping.contains(job.id());
    }

    /** What is wrong about a claim, given all that has ended by then. */
    List<String> checkClaim(ClaimedJob run) {
        List<String> faults = new ArrayList<>();
        UUID id = run.spec().id();
        List<Parent> parents = draft(id).parents();
        for (Parent parent : parents) {
            boolean went = switch (parent.wish()) {
                case SUCCESS ->
                    ended(parent, Verdict.SUCCEEDED) || (ended(parent, Verdict.NOT_NEEDED) && runAgain.contains(id));
                case FAILURE -> true;
                case END -> !ends(parent.job()).isEmpty();
            };
            if (!went) {
                faults.add("job " + id + " runs, but job " + parent.job() + ", which is to end by " + parent.wish()
                        + ", has only ended by " + ends(parent.job()));
            }
        }
        List<Parent> mayFail =
                parents.stream().filter(parent -> parent.wish() == Wish.FAILURE).toList();
        if (!mayFail.isEmpty()
                && mayFail.stream().noneMatch(parent -> ended(parent, Verdict.FAILED))
                && !runAgain.contains(id)) {
            faults.add("job " + id + " runs, but none of the jobs has failed one of which was to fail: " + mayFail);
        }
        return faults;
    }

    private JobDraft draft(UUID id) {
        return Objects.requireNonNull(drafts.get(id));
    }

    /** How a job has ever ended. */
    private Set<Verdict> ends(UUID id) {
        return Objects.requireNonNull(ends.get(id));
    }

    private boolean ended(Parent parent, Verdict verdict) {
        return ends(parent.job()).contains(verdict);
    }
}
