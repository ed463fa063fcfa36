package dev.millrace.sqlite;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.testkit.Jobs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Another Java process with a store on the same file. It says "ready", and then does what it is told, line by line. */
final class OtherProcess implements AutoCloseable {
    private static @Nullable Connection held;

    private final Process process;
    private final BufferedReader said;

    private OtherProcess(Process process) {
        this.process = process;
        this.said = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static OtherProcess start(Path file) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        OtherProcess other = new OtherProcess(new ProcessBuilder(
                        java,
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
        other.hear();
        return other;
    }

    /** Has it do something, and waits until it is done. */
    String tell(String order) throws IOException {
        process.getOutputStream().write((order + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        return hear();
    }

    private String hear() throws IOException {
        String line = said.readLine();
        if (line == null) {
            throw new IOException("the other process ended");
        }
        return line;
    }

    /** Kills it as a crash would. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    long pid() {
        return process.pid();
    }

    /** Begins a write transaction that only the process's end ends. */
    private static void lock(Path file) {
        try {
            held = Stores.connect(file);
            Stores.query(held, "BEGIN IMMEDIATE");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The other process. */
    public static void main(String[] args) throws IOException {
        UUID session = UUID.randomUUID();
        List<ClaimedJob> claimed = List.of();
        try (Store store = Stores.open(Path.of(args[0]), "");
                BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("ready");
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                switch (order) {
                    case "enqueue" -> store.enqueue(List.of(Jobs.work().newJob()));
                    case "claim" -> {
                        store.openSession(new SessionOpening(session, "other", "{}"));
                        claimed = store.exchange(new Exchange(
                                        session,
                                        1,
                                        List.of(),
                                        new Claim.Next(
                                                new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1000, 10, 1)))
                                .claimed();
                    }
                    case "succeed" ->
                        store.exchange(new Exchange(
                                session,
                                2,
                                claimed.stream()
                                        .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                                        .toList(),
                                new Claim.Nothing()));
                    case "lock" -> lock(Path.of(args[0]));
                    default -> throw new IllegalArgumentException(order);
                }
                System.out.println(session);
            }
        }
    }
}
