package dev.millrace.cli.each;

import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.RetryPolicy;
import dev.millrace.Worker;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** One run of the command, on an open store. */
final class EachRun {
    /** As all workers of a store have it unless told otherwise. */
    private static final Duration LEASE = Duration.ofSeconds(30);
    /** More often than others, so that a dead process's jobs are looked for sooner. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    private static final Duration TICK = Duration.ofMillis(5);

    private final Millrace millrace;
    private final LineHandler.Places places;
    private final Summary summary;
    private final Worker worker;
    private final Feed feed;
    private final LineWatch watch;
    private final Progress progress;
    private final CountDownLatch over = new CountDownLatch(1);

    /**
     * How lines are run.
     *
     * @param commands what to run
     * @param jobs how many at once
     * @param retryDelay before the second attempt
     * @param keep how long ended lines are remembered
     * @param replay what to do about those that had succeeded before
     */
    record Settings(
            LineHandler.Commands commands, int jobs, Duration retryDelay, Duration keep, LineLedger.Replay replay) {}

    EachRun(
            Millrace millrace,
            Identity identity,
            Settings settings,
            Feed.Source source,
            LineHandler.Places places,
            Progress progress,
            Summary summary) {
        this.millrace = millrace;
        this.places = places;
        this.summary = summary;
        String queue = identity.queue();
        Predecessors predecessors = new Predecessors(queue);
        predecessors.bury(millrace.store(), LEASE);
        JobType<Line.Payload, Line.Result> type = JobType.of("each", Line.Payload.class, Line.Result.class)
                .queue(queue)
                .keepFor(settings.keep());
        RetryPolicy retry = RetryPolicy.exponential(settings.retryDelay(), 2)
                .maxDelay(Duration.ofMinutes(15))
                .jitter(0.2)
                .attempts(1 + settings.commands().retries());
        this.worker = millrace.worker()
                .name(predecessors.ownName())
                .queues(queue)
                .concurrency(settings.jobs())
                .lease(LEASE, HEARTBEAT)
                .stopGrace(Duration.ZERO)
                // The rule is this worker's, not the job's: the next run may have another.
                .handle(type.retry(retry), new LineHandler(settings.commands(), places))
                .build();
        Patience patience = new Patience(places.halt(), places.screen());
        LineLedger ledger = new LineLedger(millrace, places, patience, settings.replay());
        this.feed = new Feed(millrace, type, settings.keep(), identity, source, places, ledger, patience);
        this.progress = progress;
        this.watch = new LineWatch(places, ledger, progress);
    }

    /**
     * Runs all lines.
     *
     * @return whether none has failed
     */
    boolean perform() throws Exception {
        Thread hook = new Thread(this::endProcess, "millrace-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            work();
            if (places.halt().requested() && places.halt().cause().isEmpty()) {
                over.await(); // the process ends; the hook sees to it
            }
            worker.stop(Duration.ZERO);
            ask();
            if (places.halt().cause().isPresent()) {
                summary.broken(feed.empty());
                throw places.halt().cause().get();
            }
            summary.complete(feed.empty());
            return places.tally().count().failed() == 0;
        } finally {
            worker.stop(Duration.ZERO);
            watch.close();
            progress.close();
            removeHook(hook);
        }
    }

    /** Until all lines have ended, or the run breaks off. */
    private void work() throws InterruptedException {
        try {
            worker.start();
            watch.start();
            feed.run();
            while (!places.window().isEmpty() && !places.halt().await(TICK)) {
                // its lines end one by one
            }
        } catch (IOException | RuntimeException e) {
            places.halt().fail(e);
        }
    }

    /** Asks a last time what became of the lines. */
    private void ask() throws InterruptedException {
        try {
            watch.finish();
        } catch (IOException | RuntimeException e) {
            places.halt().fail(e);
        }
    }

    /** On SIGINT or SIGTERM: ends the running commands, and tells how to go on. */
    private void endProcess() {
        places.halt().request();
        try {
            worker.stop(Duration.ZERO);
            watch.finish();
            summary.stopped(feed.empty());
            millrace.close();
        } catch (IOException | RuntimeException e) {
            places.screen().say("did not end as it should; nothing is lost: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            places.spool().close();
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook is running, and the process about to end.
        }
    }
}
