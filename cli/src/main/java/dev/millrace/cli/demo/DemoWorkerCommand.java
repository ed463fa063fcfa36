package dev.millrace.cli.demo;

import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.cli.Main;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** One of the demo's worker processes. It ends when its input does, so none is left when the demo is killed. */
@Command(name = "demo-worker", hidden = true)
public final class DemoWorkerCommand implements Callable<Integer> {
    /** How many handlers run at once in each process. */
    static final int CONCURRENCY = 4;
    /** Short, so that a death shows soon. */
    static final Duration LEASE = Duration.ofSeconds(3);

    static final Duration HEARTBEAT = Duration.ofMillis(500);

    @ParentCommand
    private Main main;

    @Option(names = "--name", required = true)
    private String name = "";

    @Option(names = "--queue", required = true)
    private String queue = "";

    @SuppressWarnings("try") // the worker works by being open
    @Override
    public Integer call() throws IOException {
        try (Millrace millrace = main.store().open();
                Worker worker = millrace.worker()
                        .name(name)
                        .queues(queue)
                        .handle(Checksum.TYPE, (task, job) -> Checksum.run(task))
                        .concurrency(CONCURRENCY)
                        .lease(LEASE, HEARTBEAT)
                        .stopGrace(Duration.ofSeconds(2))
                        .start()) {
            while (main.terminal().in().read() >= 0) {
                // nothing is said: only the end counts
            }
        }
        return 0;
    }
}
