package dev.millrace.cli.each;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What an attempt printed, in files, of any size.
 *
 * @param out standard output
 * @param err standard error
 */
record Output(Path out, Path err) {
    /** The most output that is kept in the store. */
    static final int MOST_KEPT = 16 * 1024;

    private static final int LAST_WORDS = 300;

    /** What goes into the store: all of it, or how much it is. */
    Line.Result result() throws IOException {
        long size = Files.size(out);
        return new Line.Result(size <= MOST_KEPT ? Files.readAllBytes(out) : null, size);
    }

    /** The end of standard error, on one line. */
    String lastWords() throws IOException {
        long size = Files.size(err);
        try (InputStream in = Files.newInputStream(err)) {
            in.skipNBytes(Math.max(0, size - LAST_WORDS));
            return new String(in.readNBytes(LAST_WORDS), StandardCharsets.UTF_8)
                    .strip()
                    .replaceAll("\\s*\\R\\s*", " / ")
                    .replaceAll("\\p{Cntrl}", "?");
        }
    }

    void delete() throws IOException {
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
    }
}
