package dev.millrace.cli.demo;

import dev.millrace.cli.ChildJvm;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A worker process of the demo, as its parent sees it.
 *
 * @param name the worker's name
 * @param process the process
 */
record WorkerProcess(String name, Process process) implements AutoCloseable {

    static WorkerProcess start(String name, String store, String queue) throws IOException {
        Process process = ChildJvm.of(
                        List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                        store,
                        "demo-worker",
                        "--queue",
                        queue,
                        "--name",
                        name)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new WorkerProcess(name, process);
    }

    /** SIGKILL: it gets no chance to say goodbye. */
    Instant kill() throws InterruptedException {
        Instant at = Instant.now();
        process.destroyForcibly();
        process.waitFor();
        return at;
    }

    @Override
    public void close() throws IOException {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
