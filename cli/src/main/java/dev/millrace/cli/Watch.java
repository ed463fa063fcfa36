package dev.millrace.cli;

import dev.millrace.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a worker every few seconds, for those who watch over it from outside: keeps a file young while the worker may go
 * on, and says so once only a restart helps.
 */
final class Watch implements AutoCloseable {
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final Worker worker;
    private final @Nullable Path file;
    private final Runnable stuck;
    private final Consumer<String> log;
    private boolean complained;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread = new Thread(this::look, "millrace-watch");

    /**
     * Begins to look.
     *
     * @param file whose time of change is set to now at each look; null for none
     * @param stuck run once when only a restart helps
     * @param log told of trouble with the file
     * @throws IllegalArgumentException when the file cannot be written
     */
    Watch(Worker worker, @Nullable Path file, Runnable stuck, Consumer<String> log) {
        this.worker = worker;
        this.file = file;
        this.stuck = stuck;
        this.log = log;
        try {
            touch();
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the file " + file + " cannot be written (" + e + "): name another with --alive-file", e);
        }
        thread.setDaemon(true);
        thread.start();
    }

    private void look() {
        try {
            while (!closed.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                if (worker.needsRestart()) {
                    stuck.run();
                    return;
                }
                touchOrSay();
            }
        } catch (InterruptedException e) {
            // nobody has a reason to; the file grows old, which is noticed
        }
    }

    private void touchOrSay() {
        try {
            touch();
            complained = false;
        } catch (IOException e) {
            if (!complained) {
                log.accept("cannot write " + file + " (" + e + "): it works on, and looks dead from outside");
            }
            complained = true;
        }
    }

    private void touch() throws IOException {
        if (file == null) {
            return;
        }
        if (Files.notExists(file)) {
            Files.createFile(file);
        }
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    }

    /** Ends, and removes the file. */
    @Override
    public void close() throws IOException {
        closed.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}
