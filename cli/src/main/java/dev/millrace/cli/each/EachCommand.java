package dev.millrace.cli.each;

import dev.millrace.Millrace;
import dev.millrace.cli.Main;
import dev.millrace.cli.Refusal;
import dev.millrace.cli.StoreChoice;
import dev.millrace.cli.exec.Program;
import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.Terminal;
import dev.millrace.spi.Retention;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** A command per line of the input, durably. */
@Command(
        name = "each",
        description = "Run a command for each line of the input, and go on where it left off when it is killed.",
        customSynopsis = "millrace each [OPTIONS] -- COMMAND...",
        mixinStandardHelpOptions = true,
        footerHeading = "%n",
        footer = {
            "{} in any word of COMMAND stands for the line; without one, the line comes last. No shell is used unless --shell"
                    + " asks for one. Empty lines are left out. A command has nothing on its input. What it prints"
                    + " comes in one piece once it has ended, of failed attempts only the last.",
            "",
            "Killed in any way and run again on the same store, it does what is left. What had succeeded is not run again."
                    + " What was running is, and what had failed. A line is the same if the run's --name, COMMAND, the line,"
                    + " and how often it stood in the input before are the same; the folder does not count.",
            "",
            "Exit codes: 0 done; 1 a line failed; 2 wrong usage; 130 stopped by Ctrl-C.",
            "",
            "Examples:",
            "  find . -name '*.md' | millrace each -j 4 --retries 3 --timeout 30s -- wc -w {}",
            "  find . -name '*.png' -print0 | millrace each -0 -- ./thumb.sh {} thumbs/",
            "  cut -d, -f1 hosts.csv | millrace each --name certs --shell -- 'curl -sI \"https://{}/\" | head -1'"
        })
public final class EachCommand implements Callable<Integer> {
    private static final int LEAST_WINDOW = 1_000;
    private static final int WINDOW_PER_JOB = 8;
    private static final int MOST_RETRIES = 999;

    /** Lines are remembered as long as {@code --keep} says, however many there are. */
    private static final long MOST_KEPT = 1_000_000_000;

    @ParentCommand
    private Main main;

    @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "What to run; behind --.")
    private List<String> command = new ArrayList<>();

    @Option(
            names = {"-j", "--jobs"},
            paramLabel = "N",
            description = "How many run at once; as many as there are processors if left out.")
    private int jobs = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--retries",
            paramLabel = "N",
            description = "How many attempts may follow a failed first one; none if left out.")
    private int retries;

    @Option(
            names = "--retry-delay",
            paramLabel = "TIME",
            description = "How long to wait before the second attempt; doubled each time, up to 15m; 1s if left out.")
    private Duration retryDelay = Duration.ofSeconds(1);

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "How long an attempt may take; then it is ended and has failed. Any time if left out.")
    private @Nullable Duration timeout;

    @Option(
            names = "--shell",
            description =
                    "COMMAND is a script for sh. {} in it is safe: a line is never taken for code, and where it could not be"
                            + " (single quotes, backquotes, here-documents), {} is refused. Killed by SIGKILL, each ends the shell"
                            + " but not what that has started, unless the script begins with exec.")
    private boolean shell;

    @Option(
            names = {"-0", "--null"},
            description = "Lines end with a zero byte, as of find -print0, and may hold line breaks.")
    private boolean zero;

    @Option(
            names = {"-k", "--keep-order"},
            description = "Print in the order of the input, not in that in which commands end.")
    private boolean keepOrder;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Tells this run from others with the same command on the same store.")
    private String name = "";

    @Option(names = "--again", description = "Start over: forget what runs of this name and command have done.")
    private boolean again;

    @Option(
            names = "--replay",
            description = "Print the output of lines that had succeeded before, too; of each up to 16 KiB are kept.")
    private boolean replay;

    @Option(
            names = "--keep",
            paramLabel = "TIME",
            description =
                    "How long to remember a line that has ended; after that it would be run again. 30d if left out.")
    private Duration keep = Duration.ofDays(30);

    @Option(
            names = {"-q", "--quiet"},
            description = "No progress, and no summary unless a line failed.")
    private boolean quiet;

    @Option(names = "--json", description = "Print a JSON object for each line, and one with a summary at the end.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        Terminal terminal = main.terminal();
        Template template = shell ? new Template.Shell(String.join(" ", command)) : new Template.Words(command);
        refuse(template, terminal.environment());
        Identity identity = Identity.of(name, template);
        LineHandler.Commands commands = new LineHandler.Commands(template, timeout, retries);
        EachRun.Settings settings = new EachRun.Settings(
                commands, jobs, retryDelay, keep, replay ? LineLedger.Replay.PRINT : LineLedger.Replay.NOTHING);
        try (Spool spool = Spool.in(temporary(terminal.environment()));
                Millrace millrace = open(main.store())) {
            Generations generations = new Generations(millrace.store());
            identity = identity.generation(again ? generations.raise(identity) : generations.latest(identity));
            return run(millrace, identity, settings, spool, terminal) ? 0 : 1;
        }
    }

    private static Millrace open(StoreChoice store) {
        Retention retention = store.settings().retention().atMost(MOST_KEPT);
        return store.settings().builder(store.address()).retention(retention).open();
    }

    private boolean run(Millrace millrace, Identity identity, EachRun.Settings settings, Spool spool, Terminal terminal)
            throws Exception {
        Screen screen = new Screen(terminal);
        LineTally tally = new LineTally(spool.file("failures"));
        Progress progress = progress(screen, terminal);
        JsonPrinter objects = new JsonPrinter(screen);
        Printer printer = json ? objects : new Printer.Plain(screen);
        Summary summary = json
                ? new Summary.Json(objects, tally, progress, identity)
                : new Summary.Words(
                        screen, tally, progress, quiet ? Summary.Words.Detail.FAILURES : Summary.Words.Detail.ALL);
        Window window = new Window(Math.max(LEAST_WINDOW, WINDOW_PER_JOB * jobs));
        LineHandler.Places places = new LineHandler.Places(
                window,
                spool,
                screen,
                keepOrder ? new Delivery.InOrder(printer, window) : new Delivery.AsTheyEnd(printer, window),
                tally,
                new Halt());
        Feed.Source source = new Feed.Source(terminal.in(), zero ? 0 : '\n');
        try {
            return new EachRun(millrace, identity, settings, source, places, progress, summary).perform();
        } catch (IOException e) {
            throw new Refusal("it cannot go on (" + e.getMessage()
                    + "). What is done stays done: run the same command again to do the rest");
        }
    }

    private Progress progress(Screen screen, Terminal terminal) {
        if (quiet) {
            return new Progress.Silent();
        }
        return terminal.watched() ? new Progress.Bar(screen, terminal) : new Progress.Lines(screen);
    }

    private void refuse(Template template, Map<String, String> environment) {
        if (jobs < 1) {
            throw new IllegalArgumentException("--jobs is " + jobs + ": give 1 or more");
        }
        if (retries < 0 || retries > MOST_RETRIES) {
            throw new IllegalArgumentException("--retries is " + retries + ": give 0 to " + MOST_RETRIES);
        }
        if (timeout != null && (timeout.isZero() || timeout.isNegative())) {
            throw new IllegalArgumentException(
                    "--timeout is " + Durations.human(timeout) + ": give a time longer than zero");
        }
        if (keep.isZero() || keep.isNegative()) {
            throw new IllegalArgumentException("--keep is " + Durations.human(keep) + ": give a time longer than zero");
        }
        if (!template.program().isEmpty()) {
            Program.refuseMissing(template.program(), environment.getOrDefault("PATH", ""));
        }
    }

    /** Where a command's output waits for its turn. */
    private static Path temporary(Map<String, String> environment) {
        String named = environment.getOrDefault("TMPDIR", "");
        return Path.of(named.isBlank() ? System.getProperty("java.io.tmpdir", "/tmp") : named);
    }
}
