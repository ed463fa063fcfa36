package dev.millrace.testkit.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A temporary folder for a server that refuses to run as root. For root, folder and server are the user {@code postgres}'s, whom
 * the system's package brings.
 */
final class ServerFolder implements AutoCloseable {
    private static final String USER = "postgres";

    private final Path path;

    private ServerFolder(Path path) {
        this.path = path;
    }

    static ServerFolder create(String name) {
        try {
            Path path = Files.createTempDirectory(name);
            path.toFile().deleteOnExit();
            ServerFolder folder = new ServerFolder(path);
            folder.handOver(path);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path path() {
        return path;
    }

    /** Writes a file that the server alone may read. */
    Path write(String name, String text) {
        try {
            Path file = Files.writeString(path.resolve(name), text);
            exec(null, List.of("chmod", "600", file.toString()));
            handOver(file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void handOver(Path file) {
        if (root()) {
            exec(null, List.of("chown", USER, file.toString()));
        }
    }

    /** As who the server is to run. */
    ServerProcessBuilder owned(ServerProcessBuilder builder) {
        builder.folder(path);
        return root() ? builder.user(USER) : builder;
    }

    /** Runs a program to its end, as the folder's owner. */
    void run(Path program, List<String> arguments) {
        List<String> command = new ArrayList<>();
        if (root()) {
            command.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--init-groups", "--"));
        }
        command.add(program.toString());
        command.addAll(arguments);
        exec(path, command);
    }

    static void exec(@Nullable Path folder, List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder == null ? null : folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed: " + output.strip());
            }
        } catch (IOException e) {
            throw new IllegalStateException(String.join(" ", command) + " could not be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(command.get(0) + " was interrupted", e);
        }
    }

    private static boolean root() {
        return System.getProperty("user.name", "").equals("root");
    }

    /** Removes it with all that is in it. */
    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(path)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
