package dev.millrace.testkit.contract;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
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
 * two jobs that have not ended hold one unique key, every claim has a session, and what a job says of itself fits its state.
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
        check(job, faults, "has a keep-until", job.times().keepUntil() != null, state.finished());
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

    private static void checkKeys(List<JobRecord> jobs, List<String> faults) {
        Map<String, UUID> holders = new HashMap<>();
        for (JobRecord job : jobs) {
            String key = job.spec().keys().uniqueKey();
            if (key != null && !job.state().finished()) {
                UUID other = holders.put(job.spec().kind() + "\n" + key, job.id());
                if (other != null) {
                    faults.add("jobs " + other + " and " + job.id() + " both hold the unique key " + key);
                }
            }
        }
    }
}
