package dev.millrace.cli.each;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A folder for what the commands print, until its turn comes. It is locked while its process lives; folders that killed
 * processes left behind are removed by the next one. Safe for use from any thread.
 */
final class Spool implements AutoCloseable {
    private static final String PREFIX = "millrace-each-";
    private static final String LOCK = "lock";
    /** A younger folder may not be locked yet. */
    private static final Duration YOUNG = Duration.ofMinutes(1);

    private final Path folder;
    private final FileChannel lock;
    private final AtomicLong number = new AtomicLong();

    private Spool(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /** Makes one in this folder. */
    static Spool in(Path parent) throws IOException {
        removeAbandoned(parent);
        Path folder = Files.createTempDirectory(parent, PREFIX);
        FileChannel lock =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock.lock();
        return new Spool(folder, lock);
    }

    /** Files for what the next attempt prints. */
    Output next() {
        long n = number.incrementAndGet();
        return new Output(folder.resolve(n + ".out"), folder.resolve(n + ".err"));
    }

    /** A file of this name, to be made. */
    Path file(String name) {
        return folder.resolve(name);
    }

    @Override
    public void close() {
        try {
            lock.close();
            remove(folder);
        } catch (IOException | UncheckedIOException e) {
            // a command that ends only now may still write here: the next run removes what is left
        }
    }

    private static void removeAbandoned(Path parent) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path folder : folders) {
                removeIfAbandoned(folder);
            }
        }
    }

    private static void removeIfAbandoned(Path folder) {
        try {
            if (Files.getLastModifiedTime(folder)
                    .toInstant()
                    .isAfter(Instant.now().minus(YOUNG))) {
                return;
            }
            try (FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE)) {
                if (channel.tryLock() != null) {
                    remove(folder);
                }
            }
        } catch (IOException | UncheckedIOException | OverlappingFileLockException e) {
            // another user's, or in use: not ours to remove
        }
    }

    private static void remove(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }
}
