package dev.millrace.testkit.contract;

import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.spi.Wish;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that wait for each other at random, without a circle: with wishes, groups, priorities, delays, expiries, some of them in a
 * workflow.
 *
 * @param queues where they are; no other graph has them
 * @param head the workflow's head; null for none
 * @param jobs all but the head; each waits only for earlier ones
 * @param calls how they are enqueued: an earlier call never has a child of a later one's job
 */
record Graph(List<String> queues, @Nullable JobDraft head, List<JobDraft> jobs, List<List<JobDraft>> calls) {
    /** The group whose limit changes. */
    static final String SHARED = "shared";

    private static final Wish[] WISHES = {Wish.SUCCESS, Wish.SUCCESS, Wish.SUCCESS, Wish.FAILURE, Wish.END, Wish.END};

    /** Makes one, of so many jobs at most. */
    static Graph random(Random random, int most, ManualClock clock) {
        UUID name = Jobs.newId();
        List<String> queues = List.of("graph-" + name, "graph-" + name + "-b");
        JobDraft head = random.nextInt(3) == 0 ? Jobs.head() : null;
        List<JobDraft> jobs = new ArrayList<>();
        int count = 3 + random.nextInt(most - 2);
        for (int i = 0; i < count; i++) {
            JobDraft plain = Jobs.work()
                    .queue(queues.get(random.nextInt(4) == 0 ? 1 : 0))
                    .priority(random.nextInt(3) - 1);
            JobDraft timed = timed(plain, random, clock);
            JobDraft grouped = grouped(timed, random);
            JobDraft member = head != null && random.nextInt(2) == 0 ? grouped.member(head, "job " + i) : grouped;
            jobs.add(behindOthers(member, jobs, random));
        }
        return new Graph(queues, head, List.copyOf(jobs), calls(head, jobs, random));
    }

    /** All jobs by id, the head among them. */
    Map<UUID, JobDraft> byId() {
        Map<UUID, JobDraft> all =
                jobs.stream().collect(Collectors.toMap(JobDraft::id, Function.identity(), (a, b) -> a, TreeMap::new));
        if (head != null) {
            all.put(head.id(), head);
        }
        return all;
    }

    /** Limits of a queue, in which so many jobs of a key of {@link #SHARED} have a place; 0 for no limit. */
    static QueueLimits limits(int atOnce) {
        return QueueLimits.NONE.withGroup(SHARED, new GroupLimits(atOnce, null));
    }

    private static JobDraft timed(JobDraft draft, Random random, ManualClock clock) {
        Duration time = Duration.ofMinutes(1 + random.nextInt(20));
        JobDraft due = switch (random.nextInt(6)) {
            case 0 -> draft.in(time);
            case 1 -> draft.at(clock.instant().plus(time));
            default -> draft;
        };
        return random.nextInt(10) == 0 ? due.expiresIn(time.multipliedBy(3)) : due;
    }

    private static JobDraft grouped(JobDraft draft, Random random) {
        String key = random.nextBoolean() ? "a" : "b";
        return switch (random.nextInt(8)) {
            case 0 -> draft.serial(key);
            case 1, 2 -> draft.group(SHARED, key);
            case 3 -> draft.strict(SHARED, key);
            default -> draft;
        };
    }

    private static JobDraft behindOthers(JobDraft draft, List<JobDraft> earlier, Random random) {
        List<JobDraft> shuffled = new ArrayList<>(earlier);
        Collections.shuffle(shuffled, random);
        JobDraft child = draft;
        for (JobDraft parent : shuffled.subList(0, Math.min(shuffled.size(), random.nextInt(4)))) {
            child = child.after(WISHES[random.nextInt(WISHES.length)], parent);
        }
        return child;
    }

    /** In up to three calls; within one, children and parents and the head are mixed. */
    private static List<List<JobDraft>> calls(@Nullable JobDraft head, List<JobDraft> jobs, Random random) {
        List<List<JobDraft>> calls = new ArrayList<>();
        int from = 0;
        while (from < jobs.size()) {
            int to = calls.size() == 2 ? jobs.size() : from + 1 + random.nextInt(jobs.size() - from);
            List<JobDraft> call = new ArrayList<>(jobs.subList(from, to));
            if (head != null && from == 0) {
                call.add(head);
            }
            Collections.shuffle(call, random);
            calls.add(call);
            from = to;
        }
        return calls;
    }
}
