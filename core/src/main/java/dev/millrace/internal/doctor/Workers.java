package dev.millrace.internal.doctor;

import dev.millrace.JobState;
import dev.millrace.Stats;
import dev.millrace.Stats.WorkerInfo;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Findings;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** Looks at who works: silence, standstill, trouble that they tell, leases that do not agree. */
final class Workers {
    /** A run may take long; one of an hour beside nothing that ends is worth a look. */
    private static final Duration LONG_RUN = Duration.ofHours(1);

    private static final int MOST_RUNS = 500;

    private final Stats stats;
    private final Findings findings;

    Workers(Stats stats, Findings findings) {
        this.stats = stats;
        this.findings = findings;
    }

    void lookAtSilence() {
        for (WorkerInfo each : stats.workers()) {
            if (each.silent(stats.at())) {
                int claims = each.claims();
                findings.add(
                        "worker-silent",
                        claims > 0 ? Severity.PROBLEM : Severity.WARNING,
                        "worker " + each.name() + " was not heard of for "
                                + Texts.span(Duration.between(each.heardAt(), stats.at()))
                                + ", longer than its lease of "
                                + Texts.span(each.told().lease()) + ", and holds "
                                + Texts.jobs(claims),
                        "its jobs run again only once another worker's sweep has taken them back",
                        "start a worker on this store; find out whether the silent one's process died, hangs or is cut off");
            }
        }
    }

    void lookAtTrouble() {
        for (WorkerInfo each : stats.workers()) {
            for (String problem : each.told().problems()) {
                findings.warning(
                        "worker-trouble",
                        "worker " + each.name() + " says: " + problem,
                        "it does less than it could, or nothing",
                        "see that worker's log; threads that ignore interrupts go away with a restart of it");
            }
        }
    }

    void lookAtLeases() {
        Set<Duration> leases = new TreeSet<>();
        stats.workers().forEach(each -> each.told().toldLease().ifPresent(leases::add));
        if (leases.size() > 1) {
            findings.problem(
                    "leases-differ",
                    "workers have different leases: "
                            + String.join(", ", leases.stream().map(Texts::span).toList()),
                    "the one with the shortest takes the others for dead too early, and their jobs run twice",
                    "give all workers of this store the same lease, and restart those that differ");
        }
    }

    /** Workers that are heard of and hold jobs, and whose runs do not end. */
    void lookForStandstill(Store store) {
        List<WorkerInfo> idle = stats.live().stream()
                .filter(each -> each.claims() > 0 && each.work().perSecond() == 0)
                .toList();
        if (idle.isEmpty()) {
            return;
        }
        Map<UUID, JobRecord> longest = new HashMap<>();
        for (JobRecord job : store.page(Filter.ALL.withStates(Set.of(JobState.RUNNING)), null, MOST_RUNS)
                .jobs()) {
            UUID session = job.run().session();
            if (session != null && job.times().startedAt() != null) {
                longest.merge(session, job, (one, two) -> began(one).isAfter(began(two)) ? two : one);
            }
        }
        for (WorkerInfo each : idle) {
            JobRecord job = longest.get(each.session());
            if (job == null) {
                continue;
            }
            Duration age = Duration.between(began(job), stats.at());
            if (age.compareTo(LONG_RUN) > 0) {
                findings.warning(
                        "worker-stuck",
                        "worker " + each.name() + " holds "
                                + Texts.jobs(each.claims())
                                + " and none has ended for 30 s; job " + job.id() + " of kind "
                                + job.spec().kind() + " has been running for " + Texts.span(age),
                        "a handler that waits for ever keeps a thread, and a worker full of them runs nothing",
                        "take a thread dump of that process (jstack PID), and give the kind a timeout; millrace cancel "
                                + job.id() + " asks the run to stop");
            }
        }
    }

    private static Instant began(JobRecord job) {
        Instant began = job.times().startedAt();
        return began == null ? Instant.MAX : began;
    }
}
