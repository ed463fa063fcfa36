package dev.millrace.cli.demo;

import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.cli.Main;
import dev.millrace.cli.Refusal;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.StoreAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Real work on real files by two worker processes, of which one is killed half-way; then shows that nothing was lost. */
@Command(
        name = "demo",
        description =
                "Checksum the files of a folder with two worker processes, kill one of them half-way, and show that"
                        + " nothing is lost.",
        mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {
    private static final List<String> NAMES = List.of("demo-worker-1", "demo-worker-2");
    private static final int SINGLES = 100;
    private static final Duration STALLED = Duration.ofSeconds(30);

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "FOLDER", description = "What to read; the working directory if left out.")
    private Path folder = Path.of("");

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "2000",
            description = "At most so many files; 2000 if left out.")
    private int limit;

    @Option(
            names = "--pause",
            paramLabel = "TIME",
            description = "How long each job rests; if left out, so long that it all lasts a few seconds.")
    private @Nullable Duration pause;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        Path root = folder.toAbsolutePath().normalize();
        if (!Files.isDirectory(root) || limit < 1) {
            throw new IllegalArgumentException(
                    limit < 1
                            ? "--limit is 1 or more"
                            : "there is no folder " + folder + ": give one with files to read");
        }
        FileTree tree = FileTree.of(root, limit);
        if (tree.files().isEmpty()) {
            throw new Refusal("there are no files to read in " + folder + ": give another folder");
        }
        String address = address();
        Plan plan = Plan.of(tree, NAMES.size(), pause);
        Story story = new Story(spec.commandLine().getOut(), main.terminal(), json);
        try (Millrace millrace = Millrace.open(address)) {
            return run(millrace, address, plan, story) ? 0 : 1;
        }
    }

    private String address() throws IOException {
        if (!main.storeGiven()) {
            return "sqlite:" + Files.createTempDirectory("millrace-demo").resolve("demo.db");
        }
        String address = main.store().address();
        if (StoreAddress.parse(address).scheme().equals("memory")) {
            throw new IllegalArgumentException(
                    "two processes cannot share a memory: store: leave --store out, or give a file or a server, as in"
                            + " sqlite:demo.db or postgresql://user@host/database");
        }
        return address;
    }

    private boolean run(Millrace millrace, String address, Plan plan, Story story) throws Exception {
        String queue = "demo-" + UUID.randomUUID().toString().substring(0, 6);
        Instant begun = Instant.now();
        story.begin(millrace, plan);
        long before = System.nanoTime();
        List<UUID> ids = new ArrayList<>();
        for (JobHandle<String> handle : millrace.<String>enqueueAll(plan.requests(queue))) {
            ids.add(handle.id());
        }
        story.stored(plan.jobs(), System.nanoTime() - before);
        try (WorkerProcess first = WorkerProcess.start(NAMES.get(0), address, queue);
                WorkerProcess second = WorkerProcess.start(NAMES.get(1), address, queue)) {
            awaitDone(millrace, queue, 1);
            long doneBefore = done(millrace, queue);
            long start = System.nanoTime();
            story.working(first, second);
            awaitDone(millrace, queue, plan.jobs() / 2);
            List<UUID> held = held(millrace, first.name());
            Instant killedAt = first.kill();
            long half = System.nanoTime() - start;
            long doneAtKill = done(millrace, queue);
            story.killed(first, doneAtKill, plan.jobs(), held.size());
            awaitDone(millrace, queue, plan.jobs());
            long rest = System.nanoTime() - start - half;
            story.done();
            Histogram pickUp = singles(millrace, queue, plan);
            Aftermath aftermath = Aftermath.of(millrace, ids, first.name(), killedAt, begun);
            story.end(
                    aftermath,
                    new Story.Speed(doneAtKill - doneBefore, half, plan.jobs() - doneAtKill, rest, pickUp),
                    plan,
                    first.name());
            story.next(address, queue, aftermath);
            return aftermath.good();
        }
    }

    /** Waits until so many jobs are done. */
    private static void awaitDone(Millrace millrace, String queue, int jobs) {
        long before = -1;
        long moved = System.nanoTime();
        for (long done = done(millrace, queue); done < jobs; done = done(millrace, queue)) {
            if (done != before) {
                before = done;
                moved = System.nanoTime();
            } else if (System.nanoTime() - moved > STALLED.toNanos()) {
                throw new Refusal("nothing has moved for " + STALLED.toSeconds() + " s, with " + done + " of " + jobs
                        + " jobs done: see millrace stats, and what the workers have printed");
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    private static long done(Millrace millrace, String queue) {
        return millrace.store().counts().stream()
                .filter(count -> count.queue().equals(queue) && count.state() == JobState.SUCCEEDED)
                .mapToLong(count -> count.count())
                .sum();
    }

    /** What a worker holds at this moment. */
    private static List<UUID> held(Millrace millrace, String worker) {
        Set<UUID> sessions = millrace.store().sessions().stream()
                .filter(session -> session.worker().equals(worker) && session.closedAt() == null)
                .map(session -> session.id())
                .collect(Collectors.toSet());
        return millrace.store().page(Filter.ALL.withStates(Set.of(JobState.RUNNING)), null, 1_000).jobs().stream()
                .filter(job -> job.run().session() != null
                        && sessions.contains(job.run().session()))
                .map(JobRecord::id)
                .toList();
    }

    /** One job after the other for the idle survivor: how long each lay in the store, by the store's clock. */
    private static Histogram singles(Millrace millrace, String queue, Plan plan) throws InterruptedException {
        Histogram nanos = new Histogram(3);
        Checksum.Task task = new Checksum.Task(plan.tree().files().get(0).toString(), 0);
        for (int i = 0; i < SINGLES; i++) {
            JobHandle<String> handle = millrace.enqueue(Checksum.TYPE.with(task).queue(queue));
            handle.await(STALLED);
            JobRecord.Times times = handle.info().record().times();
            Instant started = times.startedAt();
            if (started != null) {
                nanos.recordValue(
                        Math.max(0, Duration.between(times.createdAt(), started).toNanos()));
            }
        }
        return nanos;
    }
}
