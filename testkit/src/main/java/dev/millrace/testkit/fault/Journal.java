package dev.millrace.testkit.fault;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A file that several processes append lines to, one write each, so that the order of its lines is the order of what they
 * tell: A job (accepted), S job token worker (a run starts), E job token worker (it ends), R worker (it works), K worker (it is
 * about to be killed), L token worker (a lock is taken), X what (something happened that never may). Unlike a channel, it bears interrupted threads.
 */
final class Journal implements AutoCloseable {
    private final Path file;
    private final FileOutputStream out;

    Journal(Path file) {
        this.file = file;
        try {
            this.out = new FileOutputStream(file.toFile(), true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void write(String what, Object... details) {
        StringJoiner line = new StringJoiner(" ", what + " ", "\n");
        for (Object detail : details) {
            line.add(detail.toString());
        }
        try {
            out.write(line.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path file() {
        return file;
    }

    long size() {
        return file.toFile().length();
    }

    /** The whole lines there are: of one that is being written at this moment, only a part may be there. */
    List<String[]> lines() {
        try {
            return whole(Files.readAllBytes(file)).map(line -> line.split(" ")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Who has ended a run of a job, as far as it is told behind so many bytes; empty while nobody has. */
    Optional<String> whoEnded(UUID job, long from) {
        String sign = "E " + job + " ";
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            byte[] rest = new byte[(int) (in.length() - from)];
            in.seek(from);
            in.readFully(rest);
            return whole(rest)
                    .filter(line -> line.startsWith(sign))
                    .map(line -> line.split(" ", -1)[3])
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> whole(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.substring(0, text.lastIndexOf('\n') + 1).lines();
    }

    /** Whether this worker has started (S) or ended (E) a run of a job. */
    boolean has(String what, UUID job, String worker) {
        return lines().stream()
                .anyMatch(line -> line[0].equals(what) && line[1].equals(job.toString()) && line[3].equals(worker));
    }

    /** Whether this worker has said that it works. */
    boolean working(String worker) {
        return lines().stream().anyMatch(line -> line[0].equals("R") && line[1].equals(worker));
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
