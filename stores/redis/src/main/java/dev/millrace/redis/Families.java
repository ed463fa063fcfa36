package dev.millrace.redis;

import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Wish;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Jobs of one call that wait for jobs in other partitions, or belong to workflows there. What is in one partition with its parents is
 * the enqueuing script's business, and costs nothing here.
 */
final class Families {
    private final Server server;
    private final Partitions partitions;
    private final Letters letters;

    Families(Server server, Partitions partitions, Letters letters) {
        this.server = server;
        this.partitions = partitions;
        this.letters = letters;
    }

    /** Whether these jobs, what they wait for, and their workflows, are in more than one partition. */
    boolean apart(List<NewJob> jobs) {
        if (partitions.single() || jobs.stream().noneMatch(Ties::waits)) {
            return false;
        }
        Set<Integer> numbers = new HashSet<>();
        for (NewJob job : jobs) {
            numbers.add(partitions.ofQueue(job.spec().queue()).number());
            job.parents()
                    .forEach(parent ->
                            numbers.add(partitions.ofQueue(parent.queue()).number()));
            if (job.spec().keys().member() != null) {
                numbers.add(partitions.ofQueue(Ties.WORKFLOWS).number());
            }
        }
        return numbers.size() > 1;
    }

    /**
     * Looks for parents and workflows that do not come along.
     *
     * @throws MissingParentException when one is not there; nothing is stored
     */
    void check(List<NewJob> jobs, @Nullable Answer[] answers) {
        Set<UUID> coming = new HashSet<>();
        jobs.forEach(job -> coming.add(job.spec().id()));
        Map<UUID, Asked> asked = new LinkedHashMap<>();
        for (int i = 0; i < jobs.size(); i++) {
            JobSpec spec = jobs.get(i).spec();
            List<Parent> parents = new ArrayList<>(jobs.get(i).parents());
            Keys.Member member = spec.keys().member();
            if (member != null) {
                parents.add(new Parent(member.workflow(), Ties.WORKFLOWS, Wish.END));
            }
            for (Parent parent : parents) {
                if (answers[i] == null && !coming.contains(parent.job())) {
                    byte[] head = partitions.ofQueue(parent.queue()).key('h', parent.job());
                    asked.computeIfAbsent(
                            parent.job(), any -> new Asked(spec.id(), server.send(commands -> commands.exists(head))));
                }
            }
        }
        asked.forEach((parent, one) -> {
            if (server.await(one.present) == 0) {
                throw new MissingParentException(one.child, parent);
            }
        });
    }

    private record Asked(UUID child, CompletableFuture<Long> present) {}

    /** The members that are stored by this call in other partitions than their workflow's head, by the head's index. */
    Map<Integer, List<Parent>> membersElsewhere(List<NewJob> jobs, @Nullable Answer[] answers) {
        Map<UUID, Integer> heads = heads(jobs);
        Map<Integer, List<Parent>> members = new HashMap<>();
        for (int i = 0; i < jobs.size(); i++) {
            JobSpec spec = jobs.get(i).spec();
            Integer head = answers[i] == null && distant(spec) ? heads.get(workflow(spec)) : null;
            if (head != null) {
                members.computeIfAbsent(head, any -> new ArrayList<>())
                        .add(new Parent(spec.id(), spec.queue(), Wish.END));
            }
        }
        return members;
    }

    private static Map<UUID, Integer> heads(List<NewJob> jobs) {
        Map<UUID, Integer> heads = new HashMap<>();
        for (int i = 0; i < jobs.size(); i++) {
            if (Ties.isHead(jobs.get(i).spec())) {
                heads.put(jobs.get(i).spec().id(), i);
            }
        }
        return heads;
    }

    /** Makes workflows that are in the store wait for members that are about to be stored elsewhere. */
    void join(List<NewJob> jobs, @Nullable Answer[] answers) {
        Map<UUID, Integer> heads = heads(jobs);
        join(jobs, (spec, answer) -> answer == null && !heads.containsKey(workflow(spec)), answers);
    }

    /** The same for workflows that came along, and were known. */
    void joinKnown(List<NewJob> jobs, @Nullable Answer[] answers) {
        Map<UUID, Integer> heads = heads(jobs);
        join(
                jobs,
                (spec, answer) -> {
                    Integer head = heads.get(workflow(spec));
                    return answer instanceof Answer.Stored && head != null && answers[head] instanceof Answer.Known;
                },
                answers);
    }

    private void join(List<NewJob> jobs, BiPredicate<JobSpec, @Nullable Answer> wanted, @Nullable Answer[] answers) {
        Args args = new Args();
        for (int i = 0; i < jobs.size(); i++) {
            JobSpec spec = jobs.get(i).spec();
            if (distant(spec) && wanted.test(spec, answers[i])) {
                args.add(workflow(spec))
                        .add(spec.id())
                        .add(spec.queue())
                        .add(partitions.ofQueue(spec.queue()).number());
            }
        }
        if (!args.list().isEmpty()) {
            server.call(Script.JOIN, partitions.ofQueue(Ties.WORKFLOWS), args.list());
        }
    }

    /** Makes all that was stored known to its parents; what cannot be told now, a sweep tells. */
    void introduce(List<NewJob> jobs, @Nullable Answer[] answers) {
        Set<Partition> concerned = new LinkedHashSet<>();
        for (int i = 0; i < jobs.size(); i++) {
            if (answers[i] instanceof Answer.Stored && Ties.waits(jobs.get(i))) {
                concerned.add(partitions.ofQueue(jobs.get(i).spec().queue()));
                if (distant(jobs.get(i).spec())) {
                    concerned.add(partitions.ofQueue(Ties.WORKFLOWS));
                }
            }
        }
        letters.deliverOrLeave(List.copyOf(concerned));
    }

    /** Whether it belongs to a workflow whose head is in another partition. */
    private boolean distant(JobSpec spec) {
        return Ties.isMember(spec) && !partitions.ofQueue(spec.queue()).equals(partitions.ofQueue(Ties.WORKFLOWS));
    }

    private static UUID workflow(JobSpec spec) {
        return Objects.requireNonNull(spec.keys().member()).workflow();
    }
}
