package dev.millrace.internal.doctor;

import dev.millrace.Stats;
import dev.millrace.StoreException;
import dev.millrace.internal.StatsReader;
import dev.millrace.internal.schedule.ScheduleNotes;
import dev.millrace.spi.Examination;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Findings;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Examines a store: what holds for every engine, and what its engine finds. */
public final class Doctor {
    private static final Duration MOST = Duration.ofSeconds(30);
    private static final Duration FAR = Duration.ofSeconds(1);
    private static final Duration VERY_FAR = Duration.ofSeconds(5);

    private Doctor() {}

    /**
     * Examines.
     *
     * @param clock that this process goes by
     * @param retention that this process's calls keep to
     */
    public static Examination examine(Store store, Clock clock, Retention retention) {
        Findings findings = new Findings(MOST);
        Stats stats;
        try {
            stats = StatsReader.read(store, List.of());
        } catch (StoreException e) {
            return unreachable(e);
        }
        Workers ofWorkers = new Workers(stats, findings);
        findings.look("workers that are silent", ofWorkers::lookAtSilence);
        findings.look("workers at a standstill", () -> ofWorkers.lookForStandstill(store));
        findings.look("trouble that workers tell", ofWorkers::lookAtTrouble);
        findings.look("their leases", ofWorkers::lookAtLeases);
        Queues queues = new Queues(stats, findings);
        findings.look("the oldest waiting jobs", queues::lookAtWaiting);
        findings.look("kinds without a handler", queues::lookForHandlers);
        findings.look("paused queues", queues::lookAtPauses);
        findings.look("schedules", () -> Schedules.look(new ScheduleNotes(store).list(), stats.at(), findings));
        findings.look("what is kept", () -> queues.lookAtWhatIsKept(retention));
        findings.look("the clocks", () -> lookAtClocks(store, clock, findings));
        return findings.examination().and(engine(store));
    }

    private static Examination unreachable(StoreException e) {
        Findings findings = new Findings(MOST);
        findings.look(
                "the store",
                () -> findings.problem(
                        "store-unreachable",
                        "the store does not answer: " + e.getMessage(),
                        "no job is stored, run or settled until it does; workers go on by themselves then",
                        "see that its server runs and can be reached from here, with this address"));
        return findings.examination();
    }

    private static Examination engine(Store store) {
        try {
            return store.examine();
        } catch (StoreException e) {
            Findings findings = new Findings(MOST);
            findings.look("the engine", () -> {
                throw e;
            });
            return findings.examination();
        }
    }

    /** How far the store's clock is from this process's, by what no time on the way explains. */
    private static void lookAtClocks(Store store, Clock clock, Findings findings) {
        Instant before = clock.instant();
        Instant there = store.now();
        Instant after = clock.instant();
        Duration distance = there.isBefore(before)
                ? Duration.between(there, before)
                : there.isAfter(after) ? Duration.between(after, there) : Duration.ZERO;
        if (distance.compareTo(FAR) > 0) {
            findings.add(
                    "clocks-differ",
                    distance.compareTo(VERY_FAR) > 0 ? Severity.WARNING : Severity.NOTE,
                    "this process's clock is " + Texts.span(distance) + (there.isAfter(after) ? " behind" : " ahead of")
                            + " the store's",
                    "times that this process computes and gives (\"at\") mean another moment to the store; delays do not"
                            + " depend on it",
                    "let both machines keep their time by NTP (timedatectl, chronyc tracking)");
        }
    }
}
