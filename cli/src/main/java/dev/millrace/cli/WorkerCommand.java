package dev.millrace.cli;

import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.WorkerBuilder;
import dev.millrace.WorkerStats;
import dev.millrace.cli.exec.Program;
import dev.millrace.cli.exec.ProgramHandler;
import dev.millrace.cli.out.Durations;
import dev.millrace.cli.supervise.Supervisor;
import dev.millrace.cli.supervise.WorkerProcesses;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Runs jobs, until it is told to stop. */
@Command(
        name = "worker",
        description = "Run jobs, with programs or with the handlers of a jar, until stopped.",
        mixinStandardHelpOptions = true,
        footerHeading = "%n",
        footer = {
            "A program gets the payload as JSON on its input, and MILLRACE_JOB_ID, MILLRACE_KIND, MILLRACE_QUEUE and"
                    + " MILLRACE_ATTEMPT in its environment; of a schedule's job MILLRACE_TICK (when it should have run), of a workflow's"
                    + " MILLRACE_WORKFLOW (its id). Exit code 0 is success, and what it printed is the result; any"
                    + " other fails the attempt. It is run without a shell: words are split at white space.",
            "",
            "On SIGINT or SIGTERM it claims nothing more, lets running jobs finish for the grace period, and hands back the"
                    + " rest.",
            "",
            "Examples:",
            "  millrace worker --exec greet=./greet.sh --exec 'thumb=./thumb --width 200'",
            "  millrace worker --handlers app.jar --queues mail,default --concurrency 32",
            "  millrace worker --exec greet=cat --drain",
            "  millrace worker --handlers app.jar --processes 4"
        })
final class WorkerCommand implements Callable<Integer> {
    private static final Duration FOREVER = Duration.ofDays(36_500);
    private static final Duration CLOSING = Duration.ofSeconds(5);
    /** "Try again" in sysexits.h: the supervisor starts another. */
    private static final int STUCK = 75;
    /** How long a worker takes to stop beyond its grace: handlers' last moments (5 s), and closing. */
    private static final Duration STOPPING = Duration.ofSeconds(12);

    private static final int MOST_PROCESSES = 256;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private WorkerSettings settings;

    @Option(
            names = "--exec",
            paramLabel = "KIND=PROGRAM",
            description = "Run the jobs of this kind with a program; may be repeated.")
    private List<String> programs = new ArrayList<>();

    @Option(
            names = "--handlers",
            paramLabel = "JAR",
            description = "Run jobs with the dev.millrace.HandlerModule of a jar; may be repeated.")
    private List<Path> jars = new ArrayList<>();

    @Option(names = "--drain", description = "Run what is due, then stop; prints how many were processed.")
    private boolean drain;

    @Option(names = "--run-for", paramLabel = "TIME", description = "Stop after so long.")
    private @Nullable Duration runFor;

    @Option(
            names = "--processes",
            paramLabel = "N",
            defaultValue = "1",
            description = "Start so many worker processes, and start one that ends again; 1 if left out: this one.")
    private int processes;

    @Option(
            names = "--alive-file",
            paramLabel = "FILE",
            description = "Touch this file every 5 s while the worker may go on; for a liveness probe.")
    private @Nullable Path aliveFile;

    @Option(names = "--supervised", hidden = true, description = "Stop at the end of the input.")
    private boolean supervised;

    private final AtomicBoolean stuck = new AtomicBoolean();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final AtomicBoolean toldOfStop = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (programs.isEmpty() && jars.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "nothing to run jobs with: give --exec KIND=PROGRAM or --handlers JAR.");
        }
        StoreChoice choice = main.store();
        String path = main.terminal().environment().getOrDefault("PATH", "");
        List<Program> parsed =
                programs.stream().map(text -> Program.parse(text, path)).toList();
        if (processes != 1 && !supervised) {
            return supervise(choice);
        }
        try (HandlerJars handlers = new HandlerJars(jars);
                Millrace millrace = choice.open()) {
            WorkerBuilder builder = settings.apply(choice.settings().worker(millrace));
            for (Program program : parsed) {
                JobType<JsonNode, JsonNode> type = JobType.of(program.kind(), JsonNode.class, JsonNode.class);
                builder.handle(type, new ProgramHandler(program, stopping::get));
            }
            if (!jars.isEmpty()) {
                Thread.currentThread().setContextClassLoader(handlers.loader());
                handlers.register(builder);
            }
            return work(builder.build(), choice);
        } finally {
            closed.countDown();
        }
    }

    private int supervise(StoreChoice choice) throws InterruptedException {
        if (processes < 1 || processes > MOST_PROCESSES) {
            throw new ParameterException(
                    spec.commandLine(), "--processes is " + processes + ": give 1 to " + MOST_PROCESSES);
        }
        if (aliveFile != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--alive-file is for one process: of several, one that is stuck is started again anyway");
        }
        choice.refuseMemory();
        Supervisor supervisor = new Supervisor(
                new Supervisor.Plan(
                        processes, code -> !drain || code != 0, settings.grace().plus(STOPPING)),
                WorkerProcesses.like(
                        spec.commandLine().getParseResult(),
                        processes,
                        choice.address(),
                        settings.name(),
                        main.environmentOfChildren()),
                text -> print("supervisor: " + text));
        Thread hook = new Thread(() -> endAll(supervisor), "millrace-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            print("supervisor: keeps " + processes + " worker processes on " + choice.shown());
            int code = supervisor.run(runFor);
            return code == 0 && drain && !supervisor.allDone() ? 1 : code;
        } finally {
            removeHook(hook);
        }
    }

    private static void endAll(Supervisor supervisor) {
        try {
            supervisor.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The supervisor may die without a word: then its end of the pipe closes. */
    private void stopAtEndOfInput(Worker worker) {
        Thread reader = new Thread(
                () -> {
                    try {
                        while (main.terminal().in().read() >= 0) {
                            // nothing is said: only the end counts
                        }
                    } catch (IOException e) {
                        log(worker, "cannot hear its supervisor any more (" + e + ")");
                    }
                    stopping.set(true);
                    stop(worker);
                },
                "millrace-supervised");
        reader.setDaemon(true);
        reader.start();
    }

    /** Only a restart helps: the supervisor makes it. Without one the worker goes on with the threads that it has. */
    private void giveUp(Worker worker) {
        log(worker, "has lost more threads to handlers that ignore interrupts than it may replace");
        if (supervised) {
            stuck.set(true);
            stop(worker);
        }
    }

    @SuppressWarnings("try") // the watch works by being open
    private int work(Worker worker, StoreChoice choice) throws InterruptedException, IOException {
        Thread hook = new Thread(() -> endProcess(worker), "millrace-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        if (supervised) {
            stopAtEndOfInput(worker);
        }
        try (Watch watch = new Watch(worker, aliveFile, () -> giveUp(worker), text -> log(worker, text))) {
            log(worker, "works on " + choice.shown() + settings.shown());
            boolean done = true;
            if (drain) {
                worker.start();
                done = worker.awaitIdle(runFor == null ? FOREVER : runFor);
            } else {
                worker.run(runFor == null ? FOREVER : runFor);
            }
            stop(worker);
            if (drain) {
                spec.commandLine().getOut().println(worker.stats().counts().processed());
            }
            return stuck.get() ? STUCK : done ? 0 : 1;
        } finally {
            removeHook(hook);
        }
    }

    /** On SIGINT or SIGTERM: stops gracefully, and lets the main thread close the store. */
    private void endProcess(Worker worker) {
        stopping.set(true);
        stop(worker);
        try {
            closed.await(CLOSING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook is running: it waits for this thread to close the store.
        }
    }

    private void stop(Worker worker) {
        worker.stop(settings.grace());
        if (toldOfStop.compareAndSet(false, true)) {
            WorkerStats stats = worker.stats();
            WorkerStats.Counts counts = stats.counts();
            log(
                    worker,
                    "stopped after " + Durations.human(stats.uptime()) + ": " + counts.succeeded() + " succeeded, "
                            + counts.failed() + " failed, " + counts.retried() + " to be retried");
        }
    }

    private void log(Worker worker, String text) {
        print("worker " + worker.name() + " " + text);
    }

    private void print(String text) {
        spec.commandLine().getErr().println("millrace: " + text);
        spec.commandLine().getErr().flush();
    }
}
