package dev.millrace.internal.worker;

import dev.millrace.JobState;
import dev.millrace.internal.Nanos;
import dev.millrace.internal.workflow.Head;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Store;
import dev.millrace.spi.Sweep;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a worker does on its caller's thread: it runs single jobs, and lets jobs through. */
final class OwnThread {
    private static final Logger LOG = LoggerFactory.getLogger(OwnThread.class);
    /** How much is swept at once. */
    private static final int SWEPT = 1_000;
    /** How long sweeps follow one another at most. */
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Store store;
    private final WorkerConfig config;
    private final Tenure tenure;
    private final Heart heart;
    private final Exchanger exchanger;
    private final Holdings holdings;
    private final Crew crew;
    private final BiFunction<List<ClaimedJob>, UUID, List<Hands.Work>> works;

    /** @param works makes what was claimed by a session into work, and keeps account of it */
    OwnThread(
            Store store,
            WorkerConfig config,
            Tenure tenure,
            Heart heart,
            Exchanger exchanger,
            Holdings holdings,
            Crew crew,
            BiFunction<List<ClaimedJob>, UUID, List<Hands.Work>> works) {
        this.store = store;
        this.config = config;
        this.tenure = tenure;
        this.heart = heart;
        this.exchanger = exchanger;
        this.holdings = holdings;
        this.crew = crew;
        this.works = works;
    }

    /** Claims and runs on this thread; whether there was something to run. */
    boolean run(Claim claim) {
        if (!tenure.valid()) {
            heart.beat();
        }
        Exchanger.Brought brought = exchanger.exchange(claim);
        if (!brought.reply().open()) {
            heart.beat();
            brought = exchanger.exchange(claim);
        }
        tenure.seen(brought.reply().now());
        List<ClaimedJob> jobs = brought.reply().claimed();
        List<Hands.Work> claimed = works.apply(jobs, brought.session());
        CountDownLatch left = holdings.watch(claimed);
        claimed.forEach(crew::perform);
        awaitEnds(left);
        if (exchanger.hasOutcomes()) {
            exchanger.exchange(new Claim.Nothing());
        }
        return !jobs.isEmpty();
    }

    /**
     * Waits until it is known how runs ended that were settled within a transaction: their outcomes are sent by this thread, and
     * by nobody else while the worker is not started.
     */
    private void awaitEnds(CountDownLatch left) {
        try {
            Duration most = config.timing().lease();
            if (!left.await(Nanos.of(most), TimeUnit.NANOSECONDS)) {
                LOG.warn(
                        "{}: after {} it is not known how {} of its runs ended; their jobs stay RUNNING until it is, and until this"
                                + " worker runs another job or is closed",
                        config.name(),
                        most,
                        left.getCount());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Lets what ended jobs owe to others land, which some engines leave to a sweep: jobs that waited for them may be READY then.
     *
     * @return whether any job is BLOCKED at all; when none is, nothing was done
     */
    boolean letThrough() {
        boolean blocked = store.counts().stream()
                .anyMatch(count -> count.state() == JobState.BLOCKED
                        && count.count() > 0
                        && !count.kind().equals(Head.KIND));
        if (blocked) {
            Sweep sweep = new Sweep(config.timing().lease(), SWEPT);
            long began = System.nanoTime();
            boolean more = true;
            // What cannot be delivered stays: it is not waited for without end.
            while (more && System.nanoTime() - began < LONGEST_NANOS) {
                more = store.sweep(sweep).more();
            }
        }
        return blocked;
    }
}
