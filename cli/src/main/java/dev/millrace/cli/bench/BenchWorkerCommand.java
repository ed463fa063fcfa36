package dev.millrace.cli.bench;

import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** The other process of {@link PickUpElsewhere}. It ends when its input does. */
@Command(name = "bench-worker", hidden = true)
public final class BenchWorkerCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("try") // the worker works by being open
    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        AtomicBoolean monotonic = new AtomicBoolean();
        BufferedReader in =
                new BufferedReader(new InputStreamReader(main.terminal().in(), StandardCharsets.UTF_8));
        try (Millrace millrace = main.store().open();
                Worker worker = millrace.worker()
                        .handle(Tally.NOOP, (payload, job) -> {
                            long began = monotonic.get() ? System.nanoTime() : wallNanos();
                            out.println(payload + " " + began);
                        })
                        .stopGrace(Duration.ofSeconds(1))
                        .start()) {
            out.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.equals("nanos")) {
                    out.println(System.nanoTime());
                } else {
                    monotonic.set(line.equals("monotonic"));
                    out.println("agreed");
                }
            }
        }
        return 0;
    }

    /** The wall clock, to the microsecond where the system has it. */
    static long wallNanos() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }
}
