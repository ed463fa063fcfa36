package dev.millrace.internal.worker;

import dev.millrace.Failure;
import dev.millrace.JobInterrupted;
import dev.millrace.SerializationException;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Micros;
import dev.millrace.spi.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Runs handlers: reads payloads, minds expiry, timeouts and the session, writes results, and says how each run ended. */
final class Workbench {
    /** The end of runs of which nothing else can be said. */
    static final Outcome LEFT = new Outcome.HandedBack(true);

    private final WorkerConfig config;
    private final Tenure tenure;
    private final Deadlines deadlines;
    private final Hands hands;
    private final RunEvents events;
    private final Aftermath.Ends ends;
    private final Aftermath aftermath;
    private final MdcFields mdc = new MdcFields();

    /**
     * @param ends told once per run, on any thread, that it has come to its end
     * @param aftermath asked for the ends of runs that their handlers settled themselves
     */
    Workbench(
            WorkerConfig config,
            Tenure tenure,
            Deadlines deadlines,
            Hands hands,
            RunEvents events,
            Aftermath.Ends ends,
            Aftermath aftermath) {
        this.config = config;
        this.tenure = tenure;
        this.deadlines = deadlines;
        this.hands = hands;
        this.events = events;
        this.ends = ends;
        this.aftermath = aftermath;
    }

    /** Turns claims into pieces of work: batches where the handler takes batches, single runs elsewhere. */
    List<Hands.Work> works(List<ClaimedJob> jobs, UUID session, RunServices services) {
        List<Hands.Work> works = new ArrayList<>(jobs.size());
        Map<HandlerEntry, List<Run>> batches = new LinkedHashMap<>();
        for (ClaimedJob job : jobs) {
            HandlerEntry entry = config.handlers().get(job.spec().kind());
            if (entry == null) {
                throw new IllegalStateException(
                        "the store gave a job of kind " + job.spec().kind() + ", which was not asked for");
            }
            Run run = new Run(job, entry, session, services);
            if (entry.code() instanceof HandlerEntry.Single single) {
                works.add(new SingleWork(run, single));
            } else if (entry.code() instanceof HandlerEntry.Batch batch) {
                if (job.history().struck()) {
                    works.add(new BatchWork(this, List.of(run), batch)); // alone: a worker died under it
                    continue;
                }
                List<Run> filling = batches.computeIfAbsent(entry, any -> new ArrayList<>());
                filling.add(run);
                if (filling.size() == batch.most()) {
                    works.add(new BatchWork(this, filling, batch));
                    batches.remove(entry);
                }
            }
        }
        batches.forEach((entry, runs) -> works.add(new BatchWork(this, runs, (HandlerEntry.Batch) entry.code())));
        return works;
    }

    /** Hands back what waits for a hand. */
    void handBackWaiting() {
        handBack(hands.drain());
    }

    /** Hands back what has not begun, as if it had not been claimed. */
    void handBack(List<Hands.Work> works) {
        for (Hands.Work work : works) {
            work.runs().forEach(run -> finish(run, new Outcome.HandedBack(false)));
        }
    }

    /**
     * Ends a run, unless it has ended, or its handler has settled it: then the store is asked, now.
     *
     * @return whether it has ended; false while its handler's transaction is open
     */
    boolean finish(Run run, Outcome outcome) {
        if (!run.end(outcome)) {
            return true;
        }
        if (run.joint().holds()) {
            return aftermath.look(run);
        }
        ends.ended(run, outcome);
        return true;
    }

    /** The same for a run whose handler may still be at it: where the store is to be asked, this does not wait for it. */
    void finishWithout(Run run, Outcome outcome) {
        if (run.end(outcome)) {
            if (run.joint().holds()) {
                aftermath.lookSoon(run);
            } else {
                ends.ended(run, outcome);
            }
        }
    }

    /** Why a run must not be started, as its outcome; null when it may. */
    @Nullable
    Outcome refusal(Run run) {
        if (run.outcome() != null) {
            return run.outcome();
        }
        JobInterrupted.Reason stop = run.stopReason();
        if (stop != null) {
            return stop == JobInterrupted.Reason.CANCELLED ? new Outcome.Cancelled() : new Outcome.HandedBack(false);
        }
        if (!tenure.holds(run.session())) {
            return new Outcome.HandedBack(false);
        }
        ClaimedJob.Times times = run.job().times();
        long now = tenure.storeMicros();
        if (times.expiresAt() != null && Micros.of(times.expiresAt()) <= now) {
            return new Outcome.Expired();
        }
        run.waited((now - Micros.of(times.dueAt())) * 1_000);
        return null;
    }

    /** @throws SerializationException or IllegalArgumentException when the job cannot be read */
    @Nullable
    Object payload(Run run) {
        run.readOptions();
        return config.payload()
                .serializer()
                .read(run.job().spec().payload(), run.entry().payloadType());
    }

    static Outcome unreadable(Run run, RuntimeException error) {
        Failure failure = Verdict.failure(error);
        return new Outcome.Failed(new Failure(
                failure.type(),
                "its payload or options cannot be read here: " + failure.message()
                        + " (they are untouched: mend the handler's types and retry the job)",
                failure.stack()));
    }

    /** The handler returned. If it has settled the job itself, this is for the case of no commit. */
    Outcome returned(Run run, @Nullable Object result) {
        if (run.joint().asked()) {
            return Verdict.notCommitted(run);
        }
        return run.stopReason() == JobInterrupted.Reason.TIMED_OUT ? Verdict.returnedLate(run) : succeeded(run, result);
    }

    /** The job succeeded, if its result can be kept. */
    Outcome succeeded(Run run, @Nullable Object result) {
        byte[] data;
        try {
            data = result == null
                    ? null
                    : config.payload().serializer().write(result, run.entry().resultType());
        } catch (RuntimeException | StackOverflowError e) {
            Failure failure = Verdict.failure(e);
            return new Outcome.Failed(new Failure(
                    failure.type(),
                    "the handler returned, and its result cannot be stored: " + failure.message(),
                    failure.stack()));
        }
        int most = config.payload().mostBytes();
        if (data != null && data.length > most) {
            return new Outcome.Failed(Failure.of(
                    "ResultTooLarge",
                    "the handler returned, and its result has " + data.length + " bytes: at most " + most
                            + " can be stored. Store it elsewhere and return where"));
        }
        return new Outcome.Succeeded(data);
    }

    /** Begins to count a timeout; null when there is none. */
    @Nullable
    Future<?> startTimeout(Hands.Work work, Run run) {
        Duration timeout = run.timeout();
        return timeout == null ? null : deadlines.after(timeout, () -> timeUp(work, run));
    }

    private void timeUp(Hands.Work work, Run run) {
        Run.interrupt(work.runs(), JobInterrupted.Reason.TIMED_OUT);
        var unused = deadlines.after(config.timing().timeoutGrace(), () -> giveUp(work, run));
    }

    private void giveUp(Hands.Work work, Run run) {
        if (run.outcome() == null && hands.abandon(work)) {
            for (Run each : work.runs()) {
                finishWithout(each, Verdict.givenUp(each));
            }
        }
    }

    /** Runs a handler with its job on the thread: logging context, timeout, interrupts. */
    @Nullable
    Object within(Hands.Work work, Run run, Step step) throws Exception {
        Future<?> timeout = startTimeout(work, run);
        Run outer = CurrentRun.enter(run);
        mdc.put(run);
        begin(run);
        try {
            return step.call();
        } finally {
            run.leave();
            CurrentRun.leave(outer);
            mdc.clear();
            if (timeout != null) {
                timeout.cancel(false);
            }
        }
    }

    /** The handler of this run begins, on this thread. */
    void begin(Run run) {
        events.started(run);
        run.begin(Thread.currentThread());
    }

    /** What is done with a job on the thread. */
    interface Step {
        @Nullable
        Object call() throws Exception;
    }

    private final class SingleWork implements Hands.Work {
        private final Run run;
        private final HandlerEntry.Single code;

        SingleWork(Run run, HandlerEntry.Single code) {
            this.run = run;
            this.code = code;
        }

        @Override
        public void perform() {
            Outcome outcome = refusal(run);
            finish(run, outcome != null ? outcome : perform(run));
        }

        private Outcome perform(Run run) {
            Object payload;
            try {
                payload = payload(run);
            } catch (RuntimeException e) {
                return unreadable(run, e);
            }
            try {
                Object result = within(this, run, () -> code.handler().handle(payload, run));
                return returned(run, result);
            } catch (Throwable e) {
                return Verdict.thrown(run, e);
            }
        }

        @Override
        public void broken(Throwable error) {
            finish(run, Verdict.thrown(run, error));
        }

        @Override
        public void giveUp() {
            finish(run, LEFT);
        }

        @Override
        public List<Run> runs() {
            return List.of(run);
        }
    }
}
