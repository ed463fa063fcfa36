package dev.millrace.sqlite.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.RunEnd;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills worker processes in a loop at random points: 6 times in the short form, 50 times with {@code -Dmillrace.long=true}.
 * Proves process death only; power loss is covered by asserting the effective sync settings.
 */
class SqliteCrashTest {
    private static final int KILLS = Boolean.getBoolean("millrace.long") ? 50 : 6;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void kill_minus_nine_at_random_points_loses_nothing_and_runs_nothing_twice_at_once() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String address = "sqlite:" + folder.resolve("crash.db");
        Journal journal = new Journal(folder.resolve("journal"));
        List<Process> workers =
                new ArrayList<>(List.of(start(address, random.nextLong()), start(address, random.nextLong())));
        try {
            for (int kill = 0; kill < KILLS; kill++) {
                awaitGrowth(journal, workers, 20_000 + random.nextInt(150_000));
                Process victim = workers.remove(random.nextInt(workers.size()));
                journal.write("K", victim.pid());
                victim.destroyForcibly().waitFor();
                workers.add(start(address, random.nextLong()));
            }
        } finally {
            for (Process worker : workers) {
                journal.write("K", worker.pid());
                worker.destroyForcibly().waitFor();
            }
        }

        Set<UUID> accepted = accepted(journal);
        try (Millrace millrace = Millrace.open(address)) {
            finish(millrace, journal);

            assertThat(overlaps(journal))
                    .as("runs of one job by two live processes (seed %d)", seed)
                    .isEmpty();
            int settledTwice = 0;
            int lost = 0;
            for (UUID id : accepted) {
                List<JobRecord> found = millrace.store().get(List.of(id));
                lost += found.isEmpty() || found.get(0).state() != JobState.SUCCEEDED ? 1 : 0;
                long successes = millrace.store().trail(id).runs().stream()
                        .filter(run -> run.end() == RunEnd.SUCCEEDED)
                        .count();
                settledTwice += successes > 1 ? 1 : 0;
            }
            System.out.printf(
                    "%d kills: %d accepted, %d lost, %d settled twice%n", KILLS, accepted.size(), lost, settledTwice);
            assertThat(lost)
                    .as("accepted jobs that did not succeed (seed %d)", seed)
                    .isZero();
            assertThat(settledTwice)
                    .as("jobs with two successful runs (seed %d)", seed)
                    .isZero();
            assertThat(millrace.store().verify()).isEmpty();
        }
    }

    private static Process start(String address, long seed) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(
                        java,
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashWorker.class.getName(),
                        address,
                        Path.of(address.substring("sqlite:".length()))
                                .resolveSibling("journal")
                                .toString(),
                        Long.toString(seed))
                .inheritIO()
                .start();
    }

    /** Waits until the processes have written so many bytes more. */
    private static void awaitGrowth(Journal journal, List<Process> workers, int bytes) throws IOException {
        long goal = journal.size() + bytes;
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (journal.size() < goal) {
            assertThat(workers).as("worker processes").allMatch(Process::isAlive);
            assertThat(System.nanoTime()).as("the workers make progress").isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Runs in this process what the killed ones left. */
    private static void finish(Millrace millrace, Journal journal) throws InterruptedException {
        try (Worker worker = CrashWorker.work(millrace, journal)) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (millrace.stats().count(JobState.READY) + millrace.stats().count(JobState.RUNNING) > 0) {
                assertThat(System.nanoTime())
                        .as("what was left is rescued and run")
                        .isLessThan(deadline);
                worker.awaitIdle(Duration.ofSeconds(1));
            }
        }
    }

    private static Set<UUID> accepted(Journal journal) throws IOException {
        Set<UUID> accepted = new HashSet<>();
        for (String[] line : journal.lines()) {
            if (line[0].equals("A")) {
                accepted.add(UUID.fromString(line[1]));
            }
        }
        return accepted;
    }

    /** Starts of a run while another run of the same job was under way in a process that had not been killed. */
    private static List<String> overlaps(Journal journal) throws IOException {
        List<String> overlaps = new ArrayList<>();
        Set<String> dead = new HashSet<>();
        Map<String, String[]> running = new HashMap<>();
        for (String[] line : journal.lines()) {
            switch (line[0]) {
                case "K" -> dead.add(line[1]);
                case "S" -> {
                    String[] before = running.put(line[1], line);
                    if (before != null && !dead.contains(before[3])) {
                        overlaps.add(String.join(" ", before) + " and " + String.join(" ", line));
                    }
                }
                case "E" -> running.remove(line[1]);
                default -> {}
            }
        }
        return overlaps;
    }
}
