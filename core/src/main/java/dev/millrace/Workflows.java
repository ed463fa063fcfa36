package dev.millrace;

import dev.millrace.internal.workflow.Head;
import dev.millrace.internal.workflow.MemberIds;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Stores workflows and finds them. */
final class Workflows {
    /** How many jobs are read at once: each may have a payload and a result of a megabyte. */
    static final int CHUNK = 100;

    private final Millrace millrace;
    private final Requests requests;

    Workflows(Millrace millrace, Requests requests) {
        this.millrace = millrace;
        this.requests = requests;
    }

    WorkflowHandle submit(Workflow workflow) {
        UUID id = workflow.id().orElseGet(millrace.ids()::next);
        WorkflowPlan plan = new WorkflowPlan(workflow, id);
        plan.refuseEmpty();
        boolean again = workflow.id().isPresent();
        List<NewJob> members = plan.jobs(requests::prepare, Map.of());
        JobRecord known = again ? millrace.find(id) : null;
        if (known != null) {
            refuseAnother(known, workflow, Head.digest(members));
            if (known.state().finished()) {
                workflow.seal(id);
                return handle(known);
            }
        }
        List<NewJob> jobs = new ArrayList<>();
        byte[] payload = millrace.settings().serializer().write(workflow.name(), String.class);
        jobs.add(Head.of(id, workflow.name(), payload, workflow.kept(), Head.digest(members)));
        jobs.addAll(members);
        workflow.seal(id);
        enqueue(again ? jobs : jobs.stream().map(NewJob::withFreshId).toList());
        return new WorkflowHandle(millrace, id, workflow.name());
    }

    private static void refuseAnother(JobRecord known, Workflow workflow, String digest) {
        if (!Head.is(known.spec())) {
            throw new IllegalArgumentException("the id " + known.id() + " of " + workflow
                    + " is that of a job of kind \"" + known.spec().kind() + "\": choose another. Nothing was stored");
        }
        if (!digest.equals(Head.digest(known))) {
            throw new IllegalArgumentException("a workflow \"" + Head.name(known) + "\" of the id " + known.id()
                    + " was submitted with other jobs than this one has: choose another id, or add jobs by its handle. Nothing was"
                    + " stored");
        }
    }

    /**
     * Adds jobs to a workflow that is stored.
     *
     * @param more filled by {@code filling}
     * @return how many were new to it
     */
    int add(Workflow more, UUID id, Consumer<? super Workflow> filling) {
        filling.accept(more);
        WorkflowPlan plan = new WorkflowPlan(more, id);
        more.seal(id);
        if (plan.isEmpty()) {
            return 0;
        }
        List<NewJob> jobs = plan.jobs(requests::prepare, queues(id, plan.outside()));
        try {
            return (int) enqueue(jobs).stream()
                    .filter(Answer.Stored.class::isInstance)
                    .count();
        } catch (MissingParentException e) {
            throw new IllegalStateException(
                    "nothing was added to " + more + ": "
                            + (e.parent().equals(id) ? "it" : "a job that was to be waited for") + " was deleted",
                    e);
        }
    }

    private List<Answer> enqueue(List<NewJob> jobs) {
        return millrace.events().enqueue(jobs, store()::enqueue);
    }

    private Map<String, String> queues(UUID workflow, Set<String> names) {
        Map<UUID, String> ids =
                names.stream().collect(Collectors.toMap(name -> MemberIds.of(workflow, name), name -> name));
        Map<String, String> queues = new HashMap<>();
        records(ids.keySet())
                .forEach(job -> queues.put(ids.get(job.id()), job.spec().queue()));
        return queues;
    }

    Optional<WorkflowHandle> find(UUID id) {
        return Optional.ofNullable(millrace.find(id))
                .filter(job -> Head.is(job.spec()))
                .map(this::handle);
    }

    Stream<WorkflowHandle> all() {
        return new JobQuery(millrace, Filter.ALL.withKind(Head.KIND), Integer.MAX_VALUE)
                .stream().map(JobInfo::record).map(this::handle);
    }

    private WorkflowHandle handle(JobRecord head) {
        return new WorkflowHandle(millrace, head.id(), Head.name(head));
    }

    /** What these jobs wait, or waited, for; those of each in order. */
    List<Dependency> parents(Collection<UUID> children) {
        List<UUID> all = List.copyOf(children);
        List<Dependency> found = new ArrayList<>();
        for (int from = 0; from < all.size(); from += CHUNK) {
            found.addAll(store().parents(all.subList(from, Math.min(all.size(), from + CHUNK))));
        }
        return found;
    }

    /** The workflow's jobs, in order of arrival, and how each ended. */
    List<Dependency> members(UUID id) {
        return store().parents(List.of(id));
    }

    /** Those of the jobs that exist, in the order given, read a few at a time. */
    Stream<JobRecord> records(Collection<UUID> ids) {
        List<UUID> all = List.copyOf(ids);
        return Stream.iterate(0, from -> from < all.size(), from -> from + CHUNK)
                .flatMap(from -> inOrder(all.subList(from, Math.min(all.size(), from + CHUNK))).stream());
    }

    private List<JobRecord> inOrder(List<UUID> ids) {
        Map<UUID, JobRecord> found =
                store().get(ids).stream().collect(Collectors.toMap(JobRecord::id, record -> record));
        return ids.stream().filter(found::containsKey).map(found::get).toList();
    }

    private Store store() {
        return millrace.store();
    }
}
