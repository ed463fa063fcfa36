package dev.millrace.testkit.contract;

import dev.millrace.JobState;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Keys;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Store;
import dev.millrace.spi.Verdict;
import dev.millrace.spi.Wish;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What holds of jobs that hold each other back, once all that was done has told everyone whom it concerns: each dependency knows
 * how its parent ended, whoever waits for parents has one to wait for, whoever waits for a place in a group finds it full, and the
 * members of a workflow that has ended may go when their time comes.
 */
public final class FlowBooks {
    private static final int PAGE = 500;

    private record Group(String queue, String name, String key) {}

    private final Store store;
    private final Map<UUID, JobRecord> jobs;
    private final Map<UUID, List<Dependency>> parents;
    private final List<String> faults = new ArrayList<>();

    private FlowBooks(Store store) {
        this.store = store;
        this.jobs = everything(store);
        this.parents = dependencies(store, jobs);
    }

    /** What is wrong, one sentence each. */
    public static List<String> faults(Store store) {
        FlowBooks books = new FlowBooks(store);
        books.jobs.values().forEach(books::checkParents);
        books.jobs.values().forEach(books::checkMember);
        books.checkGroups();
        return books.faults;
    }

    private static Map<UUID, JobRecord> everything(Store store) {
        Map<UUID, JobRecord> jobs = new HashMap<>();
        @Nullable UUID after = null;
        do {
            JobPage page = store.page(Filter.ALL, after, PAGE);
            page.jobs().forEach(job -> jobs.put(job.id(), job));
            after = page.next();
        } while (after != null);
        return jobs;
    }

    private static Map<UUID, List<Dependency>> dependencies(Store store, Map<UUID, JobRecord> jobs) {
        List<UUID> ids = List.copyOf(jobs.keySet());
        Map<UUID, List<Dependency>> parents = new HashMap<>();
        for (int from = 0; from < ids.size(); from += PAGE) {
            for (Dependency dependency : store.parents(ids.subList(from, Math.min(ids.size(), from + PAGE)))) {
                parents.computeIfAbsent(dependency.child(), any -> new ArrayList<>())
                        .add(dependency);
            }
        }
        return parents;
    }

    private void checkParents(JobRecord job) {
        List<Dependency> dependencies = parents.getOrDefault(job.id(), List.of());
        dependencies.forEach(dependency -> checkVerdict(job, dependency));
        Set<UUID> once = new HashSet<>();
        for (Dependency dependency : dependencies) {
            if (!once.add(dependency.parent().job())) {
                faults.add("job " + job.id() + " has two dependencies on job "
                        + dependency.parent().job());
            }
        }
        if (job.state() == JobState.BLOCKED && job.gate() == Gate.PARENTS) {
            if (!waits(dependencies)) {
                faults.add("job " + job.id() + " is BLOCKED by parents, but waits for none: " + dependencies);
            }
            if (dependencies.stream().anyMatch(FlowBooks::broken)) {
                faults.add("job " + job.id() + " is BLOCKED by parents, one of which has ended otherwise than hoped: "
                        + dependencies);
            }
        }
    }

    private void checkVerdict(JobRecord job, Dependency dependency) {
        JobRecord parent = jobs.get(dependency.parent().job());
        Verdict verdict = dependency.verdict();
        if (parent == null) {
            if (verdict == null) {
                faults.add("job " + job.id() + " waits for job "
                        + dependency.parent().job() + ", which does not exist");
            }
            return;
        }
        Verdict should = parent.state().finished() ? Verdict.of(parent.state(), parent.cancelReason()) : null;
        if (verdict != should) {
            faults.add("job " + job.id() + " takes job " + parent.id() + " for " + verdict + ", but that is "
                    + parent.state() + ", which means " + should);
        }
        if (!dependency.parent().queue().equals(parent.spec().queue())) {
            faults.add("job " + job.id() + " looks for job " + parent.id() + " in queue "
                    + dependency.parent().queue() + ", but that is in "
                    + parent.spec().queue());
        }
    }

    /** Whether a job with these parents has to go on waiting. */
    static boolean waits(List<Dependency> dependencies) {
        boolean failed = dependencies.stream()
                .anyMatch(dependency -> dependency.parent().wish() == Wish.FAILURE && met(dependency));
        return dependencies.stream()
                .anyMatch(dependency -> dependency.verdict() == null
                        && !(failed && dependency.parent().wish() == Wish.FAILURE));
    }

    private static boolean met(Dependency dependency) {
        Verdict verdict = dependency.verdict();
        return verdict != null && dependency.parent().wish().judge(verdict) == Wish.Judgement.MET;
    }

    private static boolean broken(Dependency dependency) {
        Verdict verdict = dependency.verdict();
        return verdict != null && dependency.parent().wish().judge(verdict) == Wish.Judgement.BROKEN;
    }

    private void checkMember(JobRecord job) {
        Keys.Member member = job.spec().keys().member();
        if (member == null || member.workflow().equals(job.id())) {
            return;
        }
        JobRecord head = jobs.get(member.workflow());
        boolean over = head == null || head.state().finished();
        if (over && job.state().finished() && job.times().keepUntil() == null) {
            faults.add("job " + job.id() + " has ended and so has its workflow " + member.workflow()
                    + ", but it would be kept for ever");
        }
    }

    private void checkGroups() {
        Map<String, QueueLimits> limits = new HashMap<>();
        store.notes(QueueLimits.SPACE)
                .forEach(note -> limits.put(
                        note.key(), Objects.requireNonNullElse(QueueLimits.decode(note.value()), QueueLimits.NONE)));
        Map<Group, List<JobRecord>> groups = jobs.values().stream()
                .filter(job -> job.spec().keys().group() != null)
                .collect(Collectors.groupingBy(FlowBooks::group));
        groups.forEach(
                (group, members) -> checkGroup(group, members, limits.getOrDefault(group.queue(), QueueLimits.NONE)));
    }

    private void checkGroup(Group group, List<JobRecord> members, QueueLimits limits) {
        Keys.Group key = new Keys.Group(group.name(), group.key(), false);
        List<JobRecord> waiting =
                members.stream().filter(job -> job.gate() == Gate.GROUP).toList();
        long holders = members.stream().filter(FlowBooks::mayHold).count();
        if (!waiting.isEmpty() && limits.rate(key) == null && holders < limits.slots(key)) {
            faults.add(waiting.size() + " jobs wait for a place in " + group + ", of whose " + limits.slots(key)
                    + " places only " + holders + " are taken");
        }
    }

    /** Whether it holds a slot, or may: a strict one that waits for its time does if that is for a retry. */
    private static boolean mayHold(JobRecord job) {
        Keys.Group group = Objects.requireNonNull(job.spec().keys().group());
        return job.state() == JobState.READY
                || job.state() == JobState.RUNNING
                || (job.state() == JobState.SCHEDULED && group.strict());
    }

    private static Group group(JobRecord job) {
        Keys.Group group = Objects.requireNonNull(job.spec().keys().group());
        return new Group(job.spec().queue(), group.name(), group.key());
    }
}
