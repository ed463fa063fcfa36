package dev.millrace.internal.worker;

import dev.millrace.JobInterrupted;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.RunRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The work in a worker's hands: waiting for one, under way on one, or under way on the thread of a caller. */
final class Crew {
    private static final Logger LOG = LoggerFactory.getLogger(Crew.class);

    private final String worker;
    private final Hands hands;
    private final Workbench bench;
    private final List<Hands.Work> onCallers = new CopyOnWriteArrayList<>();

    Crew(String worker, Hands hands, Workbench bench) {
        this.worker = worker;
        this.hands = hands;
        this.bench = bench;
    }

    /** Does the work on this thread. */
    void perform(Hands.Work work) {
        onCallers.add(work);
        try {
            work.perform();
        } catch (Throwable e) {
            work.broken(e);
        } finally {
            onCallers.remove(work);
            if (work.runs().stream().anyMatch(Run::cancelled)) {
                Thread.interrupted(); // it was meant for the run, not for the caller
            }
        }
    }

    /** Runs under way. */
    List<Run> running() {
        return runs(underWay());
    }

    /** Runs that wait for a hand. */
    List<Run> waiting() {
        return runs(hands.waiting());
    }

    /** Stops those of the runs that are here: one under way is asked to end, one that waits ends now. */
    void cancel(Set<RunRef> wanted) {
        for (Hands.Work work : underWay()) {
            for (Run run : work.runs()) {
                if (!wanted.contains(run.ref())) {
                    continue;
                }
                if (work.runs().size() == 1) {
                    run.interrupt(JobInterrupted.Reason.CANCELLED);
                } else {
                    run.ask(JobInterrupted.Reason.CANCELLED); // its thread is also that of its neighbours
                }
            }
        }
        for (Hands.Work work : hands.waiting()) {
            work.runs().stream()
                    .filter(run -> wanted.contains(run.ref()))
                    .forEach(run -> bench.finish(run, new Outcome.Cancelled()));
        }
    }

    /** Asks all runs under way to end, and interrupts their threads. */
    void interrupt(JobInterrupted.Reason reason) {
        Run.interrupt(running(), reason);
    }

    /** Hands back what is still under way, and lets go of the threads that are at it. */
    void leaveBehind() {
        for (Hands.Work work : underWay()) {
            LOG.warn(
                    "{}: {} ignores its interrupt; it is handed back, and its thread is left behind",
                    worker,
                    work.runs());
            hands.abandon(work);
            work.runs().forEach(run -> bench.finishWithout(run, new Outcome.HandedBack(true)));
        }
    }

    private List<Hands.Work> underWay() {
        List<Hands.Work> works = new ArrayList<>(hands.current());
        works.addAll(onCallers);
        return works;
    }

    private static List<Run> runs(Iterable<Hands.Work> works) {
        List<Run> runs = new ArrayList<>();
        works.forEach(work -> runs.addAll(work.runs()));
        return runs;
    }
}
