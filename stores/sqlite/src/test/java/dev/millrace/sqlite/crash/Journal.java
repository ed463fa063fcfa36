package dev.millrace.sqlite.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.StringJoiner;

/**
 * A file that several processes append lines to, one write each, so that the order of its lines is the order of what they
 * tell: A job (accepted), S job token process (a run starts), E job token process (it ends), R process (it works), K process
 * (it is about to be killed).
 */
final class Journal {
    private final Path file;
    private final FileChannel channel;

    Journal(Path file) throws IOException {
        this.file = file;
        this.channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    }

    void write(String what, Object... details) throws IOException {
        StringJoiner line = new StringJoiner(" ", what + " ", "\n");
        for (Object detail : details) {
            line.add(detail.toString());
        }
        channel.write(ByteBuffer.wrap(line.toString().getBytes(StandardCharsets.UTF_8)));
    }

    long size() throws IOException {
        return channel.size();
    }

    List<String[]> lines() throws IOException {
        return Files.readAllLines(file).stream().map(line -> line.split(" ")).toList();
    }
}
