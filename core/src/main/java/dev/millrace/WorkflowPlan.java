package dev.millrace;

import dev.millrace.internal.workflow.Layers;
import dev.millrace.internal.workflow.MemberIds;
import dev.millrace.spi.Keys.Member;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Parent;
import dev.millrace.spi.Wish;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a workflow's jobs come to in the store, once it is sure that they can run. */
final class WorkflowPlan {
    /** How many names an error shows. */
    private static final int SHOWN = 10;

    private final Workflow workflow;
    private final UUID id;
    private final Map<String, WorkflowJob<?>> jobs = new LinkedHashMap<>();
    private final Map<WorkflowJob<?>, Map<String, Wish>> wishes = new LinkedHashMap<>();

    /**
     * Looks at the jobs.
     *
     * @throws IllegalArgumentException when two have one name, one has none, one waits twice for another with different wishes, or
     *     some wait for each other: says which
     */
    WorkflowPlan(Workflow workflow, UUID id) {
        this.workflow = workflow;
        this.id = id;
        for (WorkflowJob<?> job : workflow.all()) {
            if (!job.hasName()) {
                throw new IllegalArgumentException(
                        "a \"" + job.name() + "\" job that is added to " + workflow
                                + " from outside has no name: give it one with named(…), which tells it apart when this is repeated");
            }
            Limits.name("name of a workflow's job", job.name());
            if (jobs.put(job.name(), job) != null) {
                throw new IllegalArgumentException(
                        "two jobs of " + workflow + " are called \"" + job.name() + "\": give one another name");
            }
        }
        jobs.values().forEach(job -> wishes.put(job, wishes(job)));
        refuseCycles();
    }

    private Map<String, Wish> wishes(WorkflowJob<?> job) {
        Map<String, Wish> found = new LinkedHashMap<>();
        for (WorkflowJob.Edge edge : job.edges()) {
            String parent = edge.parent();
            Wish before = found.put(parent, edge.wish());
            if (before != null && before != edge.wish()) {
                throw new IllegalArgumentException("\"" + job.name() + "\" of " + workflow + " waits for \"" + parent
                        + "\" both " + word(before) + " and " + word(edge.wish())
                        + ": say it once, with afterEither if any end of it will do");
            }
        }
        return found;
    }

    private static String word(Wish wish) {
        return switch (wish) {
            case SUCCESS -> "to succeed";
            case FAILURE -> "to fail";
            case END -> "to end";
        };
    }

    private void refuseCycles() {
        List<String> cycle =
                Layers.of(jobs.keySet(), name -> wishesOf(name).keySet()).cycle();
        if (!cycle.isEmpty()) {
            throw new IllegalArgumentException(
                    "jobs of " + workflow + " wait for each other, so none of them could ever run: "
                            + String.join(" waits for ", cycle) + ". Take out one of these");
        }
    }

    private Map<String, Wish> wishesOf(String name) {
        WorkflowJob<?> job = jobs.get(name);
        return job == null ? Map.of() : wishes.getOrDefault(job, Map.of());
    }

    /** Names that are waited for and are not of these jobs. */
    Set<String> outside() {
        Set<String> names = new LinkedHashSet<>();
        wishes.values().forEach(each -> names.addAll(each.keySet()));
        names.removeAll(jobs.keySet());
        return names;
    }

    boolean isEmpty() {
        return jobs.isEmpty();
    }

    /** @throws IllegalArgumentException when there are no jobs */
    void refuseEmpty() {
        if (jobs.isEmpty()) {
            throw new IllegalArgumentException(
                    workflow + " has no jobs: add at least one, as it would have ended before it began");
        }
    }

    /** @throws IllegalArgumentException when one waits for a job that is not among these */
    void refuseUnknown() {
        wishes.forEach((job, each) -> each.keySet().forEach(parent -> queue(job, parent, Map.of())));
    }

    /**
     * The jobs as the store gets them, in the order in which they were added.
     *
     * @param prepare makes a request with an id into a job
     * @param queues the queues of jobs that are stored already, by name
     * @throws IllegalArgumentException when one waits for a job that is neither here nor there, or its payload cannot be stored
     */
    List<NewJob> jobs(Function<JobRequest<?>, NewJob> prepare, Map<String, String> queues) {
        List<NewJob> made = new ArrayList<>(jobs.size());
        for (WorkflowJob<?> job : jobs.values()) {
            made.add(made(job, prepare, queues));
        }
        return made;
    }

    private NewJob made(WorkflowJob<?> job, Function<JobRequest<?>, NewJob> prepare, Map<String, String> queues) {
        NewJob plain;
        try {
            plain = prepare.apply(job.request().id(MemberIds.of(id, job.name())));
        } catch (IllegalArgumentException | SerializationException e) {
            throw new IllegalArgumentException(
                    "\"" + job.name() + "\" of " + workflow + " cannot be stored, so nothing was: " + e.getMessage(),
                    e);
        }
        List<Parent> parents = new ArrayList<>();
        wishes.getOrDefault(job, Map.of())
                .forEach((name, wish) ->
                        parents.add(new Parent(MemberIds.of(id, name), queue(job, name, queues), wish)));
        var spec = plain.spec();
        var member = spec.keys().withMember(new Member(id, job.name()));
        return new NewJob(spec.withKeys(member), plain.due(), plain.expiry(), parents, false);
    }

    private String queue(WorkflowJob<?> child, String parent, Map<String, String> queues) {
        WorkflowJob<?> here = jobs.get(parent);
        @Nullable
        String queue = here == null ? queues.get(parent) : here.request().queue();
        if (queue == null) {
            throw new IllegalArgumentException("\"" + child.name() + "\" of " + workflow + " waits for \"" + parent
                    + "\", and there is no job of that name in it. There are: " + some(jobs.keySet()));
        }
        return queue;
    }

    private static String some(Collection<String> names) {
        return names.stream().limit(SHOWN).collect(Collectors.joining(", "))
                + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "");
    }
}
