package dev.millrace.testkit.fault;

import dev.millrace.Enqueued;
import dev.millrace.JobHandle;
import dev.millrace.JobRequest;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Workflow;
import dev.millrace.WorkflowJob;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What drills enqueue that is held back by something: by other jobs, by a place in a group, by a unique key. */
final class Flow {
    /** More than any store tells of an end in one step, so that a kill soon after the end finds it half-way. */
    static final int WIDTH = Drill.LONG ? 1_200 : 600;
    /** The lock that producers take now and then, and of which the dead do not let go. */
    static final String LOCK = "drill";

    private static final String PAIR = "pair";
    private static final int PLACES = 2;
    private static final int KEYS = 4;
    /** Jobs wait elsewhere than those they wait for, since a store may keep other queues in other places. */
    private static final String ELSEWHERE = "elsewhere";

    private Flow() {}

    /** Sets the limits that jobs of {@link #grouped} come under. */
    static void limit(Millrace millrace) {
        millrace.queue("default").limitGroup(PAIR, PLACES);
    }

    /** Three steps, and a fourth elsewhere that waits for them. */
    static Workflow small(JobRequest<String> step) {
        Workflow workflow = Workflow.named("steps");
        List<WorkflowJob<String>> before =
                IntStream.range(0, 3).mapToObj(i -> workflow.add(step)).toList();
        workflow.add(step.queue(ELSEWHERE)).after(before);
        return workflow;
    }

    /** One that is the first to run, and {@link #WIDTH} that wait for it, every other one elsewhere. */
    static Workflow wide(JobRequest<String> step) {
        Workflow workflow = Workflow.named("wide");
        WorkflowJob<String> first = workflow.add(step.priority(10)).named("first");
        for (int i = 0; i < WIDTH; i++) {
            workflow.add(i % 2 == 0 ? step : step.queue(ELSEWHERE)).after(first);
        }
        return workflow;
    }

    /** Of a group, {@link #PLACES} of a key at a time, or of a serial key. */
    static JobRequest<String> grouped(JobRequest<String> step, Random random) {
        int key = random.nextInt(2 * KEYS);
        return key < KEYS ? step.group(PAIR, "p" + key) : step.serial("s" + key % KEYS);
    }

    /** Of one group, more than may run at once. */
    static List<JobRequest<String>> together(JobRequest<String> step, Random random) {
        return Collections.nCopies(2 * PLACES, grouped(step, random));
    }

    /** Of a unique key. */
    static JobRequest<String> keyed(JobRequest<String> step, Random random) {
        return step.uniqueKey("u" + random.nextInt(KEYS));
    }

    /** Enqueues, once all has ended and nobody works any more, one job more of each key than has a place at once. */
    static List<UUID> crowd(Millrace millrace) {
        List<JobRequest<String>> crowd = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) {
            for (int i = 0; i <= PLACES; i++) {
                crowd.add(Load.STEP.with(0).group(PAIR, "p" + key));
            }
        }
        return millrace.enqueueAll(crowd).stream().map(JobHandle::id).toList();
    }

    /** What is wrong about the jobs of {@link #crowd}, once all that was done has told everyone whom it concerns. */
    static List<String> faultsOfCrowd(Millrace millrace, List<UUID> crowd) {
        Map<String, Long> ready = millrace.jobs().ids(Set.copyOf(crowd)).stream()
                .filter(job -> job.state() == JobState.READY)
                .collect(Collectors.groupingBy(
                        job -> Objects.requireNonNull(job.record().spec().keys().group())
                                .key(),
                        Collectors.counting()));
        return IntStream.range(0, KEYS)
                .mapToObj(key -> "p" + key)
                .filter(key -> ready.getOrDefault(key, 0L) != PLACES)
                .map(key ->
                        ready.getOrDefault(key, 0L) + " jobs of " + key + " have a place, of which there are " + PLACES)
                .toList();
    }

    /** Which keys are taken though all their jobs have ended. */
    static List<String> keysLeft(Millrace millrace) {
        return IntStream.range(0, KEYS)
                .mapToObj(key -> "u" + key)
                .filter(key ->
                        millrace.enqueue(Load.STEP.with(0).uniqueKey(key)).enqueued() != Enqueued.NEW)
                .toList();
    }
}
