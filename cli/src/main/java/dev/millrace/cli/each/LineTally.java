package dev.millrace.cli.each;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What became of the lines so far. Safe for use from any thread. */
final class LineTally {
    private final long begun = System.nanoTime();
    private final AtomicLong read = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong skipped = new AtomicLong();
    private final AtomicLong retried = new AtomicLong();
    private final Path failures;
    private volatile boolean complete;

    /**
     * Numbers at one moment.
     *
     * @param read lines taken in
     * @param complete whether the input has ended, so that there will be no more
     * @param done ended well here
     * @param failed ended badly
     * @param skipped ended well before
     * @param retried failed attempts that another followed, or will
     * @param time since the beginning
     */
    record Count(long read, boolean complete, long done, long failed, long skipped, long retried, Duration time) {
        long ended() {
            return done + failed + skipped;
        }
    }

    /** @param failures a file for the lines that failed, of which there may be many */
    LineTally(Path failures) {
        this.failures = failures;
    }

    void read() {
        read.incrementAndGet();
    }

    void complete() {
        complete = true;
    }

    void done() {
        done.incrementAndGet();
    }

    void skipped() {
        skipped.incrementAndGet();
    }

    void retried() {
        retried.incrementAndGet();
    }

    synchronized void failed(String line, String reason) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(
                failures, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            writer.write("failed (" + oneLine(reason) + "): " + oneLine(line) + "\n");
        }
        failed.incrementAndGet();
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    Count count() {
        return new Count(
                read.get(),
                complete,
                done.get(),
                failed.get(),
                skipped.get(),
                retried.get(),
                Duration.ofNanos(System.nanoTime() - begun));
    }

    /** Gives each line that failed, with the reason. */
    synchronized void forEachFailure(Consumer<String> consumer) throws IOException {
        if (Files.notExists(failures)) {
            return;
        }
        try (Stream<String> lines = Files.lines(failures, StandardCharsets.UTF_8)) {
            lines.forEach(consumer);
        } catch (UncheckedIOException e) {
            throw new IOException("the list of failed lines cannot be read: " + e.getMessage(), e);
        }
    }
}
