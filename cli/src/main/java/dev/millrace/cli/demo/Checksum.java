package dev.millrace.cli.demo;

import dev.millrace.JobType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The job of the demo: the SHA-256 of a file. */
final class Checksum {
    static final JobType<Task, String> TYPE = JobType.of("demo-checksum", Task.class, String.class);

    private static final int BUFFER = 64 * 1024;

    private Checksum() {}

    /**
     * A file to read.
     *
     * @param file its path
     * @param pauseMillis how long to rest before
     */
    record Task(String file, long pauseMillis) {}

    /** Runs the job. */
    static String run(Task task) throws IOException, InterruptedException {
        if (task.pauseMillis() > 0) {
            Thread.sleep(task.pauseMillis());
        }
        return of(Path.of(task.file()));
    }

    /** The SHA-256 of a file, in hexadecimal digits. */
    static String of(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256, but this one says it has not", e);
        }
    }
}
