package dev.millrace.testkit.contract;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Keys;
import dev.millrace.spi.SessionRecord;
import dev.millrace.spi.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What holds in every store once it is quiet: it finds no fault with itself, its statistics equal a recount of its pages, no
 * two jobs that wait hold one unique key, every claim has a session, and what a job says of itself fits its state.
 */
public final class Books {
    private record Lane(String queue, String kind, JobState state) {}

    private Books() {}

    /** What is wrong, one sentence each. */
    public static List<String> faults(Store store) {
        List<String> faults = new ArrayList<>(store.verify());
        List<JobRecord> jobs = everything(store, faults);
        jobs.forEach(job -> checkShape(job, faults));
        checkCounts(jobs, store.counts(), faults);
        checkSessions(jobs, store.sessions(), faults);
        checkKeys(jobs, faults);
        return faults;
    }

    private static List<JobRecord> everything(Store store, List<String> faults) {
        List<JobRecord> jobs = new ArrayList<>();
        Set<UUID> seen = new HashSet<>();
        @Nullable UUID after = null;
        do {
            JobPage page = store.page(Filter.ALL, after, 1_000);
            for (JobRecord job : page.jobs()) {
                if (!seen.add(job.id())) {
                    faults.add("job " + job.id() + " is on more than one page");
                }
                jobs.add(job);
            }
            after = page.next();
        } while (after != null);
        return jobs;
    }

    private static void checkShape(JobRecord job, List<String> faults) {
        JobState state = job.state();
        check(job, faults, "has a session", job.run().session() != null, state == JobState.RUNNING);
        check(job, faults, "has a gate", job.gate() != null, state == JobState.BLOCKED);
        check(job, faults, "has a cancel reason", job.cancelReason() != null, state == JobState.CANCELLED);
        check(job, faults, "has an end", job.times().finishedAt() != null, state.finished());
        boolean keepUntil = job.times().keepUntil() != null;
        check(job, faults, "has a keep-until", keepUntil, state.finished() && (keepUntil || !isMember(job)));
        if (job.run().cancelRequested() && state != JobState.RUNNING) {
            faults.add("job " + job.id() + " is " + state + ", but its run is still asked to stop");
        }
        if (job.run().attempt() < 0) {
            faults.add("job " + job.id() + " has made " + job.run().attempt() + " attempts");
        }
    }

    private static void check(JobRecord job, List<String> faults, String what, boolean is, boolean should) {
        if (is != should) {
            faults.add("job " + job.id() + " is " + job.state() + " and " + what + ": " + is);
        }
    }

    private static void checkCounts(List<JobRecord> jobs, List<JobCount> counts, List<String> faults) {
        Map<Lane, Long> recount = jobs.stream()
                .collect(Collectors.groupingBy(
                        job -> new Lane(job.spec().queue(), job.spec().kind(), job.state()), Collectors.counting()));
        Map<Lane, Long> told = new HashMap<>();
        for (JobCount count : counts) {
            if (count.count() != 0) {
                told.merge(new Lane(count.queue(), count.kind(), count.state()), count.count(), Long::sum);
            }
        }
        if (!recount.equals(told)) {
            faults.add("counts() tells " + told + ", but a recount of the pages gives " + recount);
        }
    }

    private static void checkSessions(List<JobRecord> jobs, List<SessionRecord> sessions, List<String> faults) {
        Map<UUID, Long> held = jobs.stream()
                .map(job -> job.run().session())
                .filter(Objects::nonNull)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        Map<UUID, Long> told = sessions.stream()
                .filter(session -> session.claims() != 0)
                .collect(Collectors.toMap(SessionRecord::id, session -> (long) session.claims()));
        if (!held.equals(told)) {
            faults.add("sessions() tells of claims " + told + ", but the RUNNING jobs name " + held);
        }
    }

    /** A member of a workflow, other than its head, is kept for as long as the workflow is unfinished. */
    private static boolean isMember(JobRecord job) {
        Keys.Member member = job.spec().keys().member();
        return member != null && !member.workflow().equals(job.id());
    }

    private static void checkKeys(List<JobRecord> jobs, List<String> faults) {
        Map<String, List<JobRecord>> holders = jobs.stream()
                .filter(job ->
                        job.spec().keys().unique() != null && !job.state().finished())
                .collect(Collectors.groupingBy(
                        job -> job.spec().kind() + "\n" + job.spec().keys().uniqueKey()));
        for (List<JobRecord> ofKey : holders.values()) {
            long waiting = ofKey.stream()
                    .filter(job -> job.state() != JobState.RUNNING)
                    .count();
            boolean passes = ofKey.stream()
                    .anyMatch(job ->
                            passes(Objects.requireNonNull(job.spec().keys().unique())));
            if (passes ? waiting > 1 : ofKey.size() > 1) {
                faults.add("jobs " + ofKey.stream().map(JobRecord::id).toList() + " all hold the unique key "
                        + ofKey.get(0).spec().keys().uniqueKey());
            }
        }
    }

    /** Whether a job with this key may have taken it from one that runs. */
    private static boolean passes(Keys.Unique unique) {
        return unique.conflict() != Keys.Conflict.SKIP || unique.scope() == Keys.Scope.WAITING;
    }
}
