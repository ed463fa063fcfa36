package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.TypeRef;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * {@code each} is killed at random points and started again until it is through. Six kills in the short form, 100 with {@code
 * -Dmillrace.long=true}. Another store can be named with {@code -Dmillrace.each.store}, and the seed with {@code
 * -Dmillrace.seed}.
 */
class EachCrashTest {
    private static final boolean LONG = Boolean.getBoolean("millrace.long");
    private static final int LINES = LONG ? 2_000 : 600;
    private static final int KILLS = LONG ? 100 : 6;

    @TempDir
    Path folder;

    private final long seed = Long.getLong("millrace.seed", System.nanoTime());
    private final SplittableRandom random = new SplittableRandom(seed);
    private String store;
    private Path input;
    private Path starts;
    private Path ends;

    @Test
    void killed_at_any_points_it_does_every_line_and_repeats_none_that_had_succeeded() throws Exception {
        store = System.getProperty("millrace.each.store", "sqlite:" + folder.resolve("jobs.db"));
        starts = Files.createFile(folder.resolve("starts"));
        ends = Files.createFile(folder.resolve("ends"));
        input = Files.write(
                folder.resolve("lines"),
                IntStream.rangeClosed(1, LINES).mapToObj(n -> "line " + n).toList());
        Set<String> wereRunning = new HashSet<>();
        Set<String> succeeded = new HashSet<>();
        int before = 0;
        for (int kill = 1; kill <= KILLS; kill++) {
            runAndKill(kill);
            List<String> begun = Files.readAllLines(starts);
            assertThat(begun.subList(before, begun.size()).stream().filter(succeeded::contains))
                    .as("begun by run %s (seed %s), though it had succeeded", kill, seed)
                    .isEmpty();
            succeeded.addAll(lines(JobState.SUCCEEDED));
            wereRunning.addAll(lines(JobState.RUNNING));
            Set<String> done = new HashSet<>(Files.readAllLines(ends));
            assertThat(succeeded.stream().filter(line -> !done.contains(line)))
                    .as("succeeded, but not done (seed %s)", seed)
                    .isEmpty();
            before = begun.size();
        }

        Process last = start();
        String printed = new String(last.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(last.waitFor()).as("seed %s: %s", seed, printed).isZero();

        List<String> begun = Files.readAllLines(starts);
        assertThat(begun.subList(before, begun.size()).stream().filter(succeeded::contains))
                .as("seed %s", seed)
                .isEmpty();
        assertThat(new HashSet<>(Files.readAllLines(ends))).as("seed %s", seed).hasSize(LINES);
        Set<String> once = new HashSet<>();
        List<String> repeated = begun.stream().filter(line -> !once.add(line)).toList();
        assertThat(repeated.stream().filter(line -> !wereRunning.contains(line)))
                .as("repeated, but not running at any kill (seed %s)", seed)
                .isEmpty();
        List<String> objects = printed.lines().toList();
        JsonNode summary = JsonText.read(objects.get(objects.size() - 1)).path("summary");
        assertThat(summary.path("done").asInt() + summary.path("skipped").asInt())
                .isEqualTo(LINES);
        assertThat(summary.path("skipped").asInt()).isGreaterThanOrEqualTo(succeeded.size());
        System.out.println("each: " + LINES + " lines, " + KILLS + " kills, " + begun.size() + " starts, "
                + repeated.size() + " of them repeated since they were running at a kill, " + succeeded.size()
                + " known as succeeded at the last kill, none of them begun again; seed " + seed);
    }

    private Process start() throws IOException {
        return ChildJvm.of(
                        List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                        store,
                        "each",
                        "-j",
                        "4",
                        "--json",
                        "--name",
                        folder.getFileName().toString(),
                        "--shell",
                        "--",
                        "echo {} >> " + starts + "; sleep 0.005; echo {} >> " + ends)
                .redirectInput(input.toFile())
                .start();
    }

    /** One in five is killed while it starts or soon after; the others once they have done their share of what is left. */
    private void runAndKill(int kill) throws Exception {
        long already = count(starts);
        Process process = start();
        Thread reader = new Thread(() -> drain(process));
        reader.start();
        if (random.nextInt(5) == 0) {
            process.waitFor(random.nextLong(1_500), TimeUnit.MILLISECONDS);
        } else {
            long left = Math.max(0, LINES - already) / (KILLS - kill + 2);
            long wanted = already + random.nextLong(Math.max(1, left));
            Eventually.holds("line " + wanted + " is begun", () -> count(starts) > wanted || !process.isAlive());
            LockSupport.parkNanos(random.nextLong(30_000_000));
        }
        process.destroyForcibly();
        process.waitFor();
        reader.join();
    }

    private static void drain(Process process) {
        try {
            process.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // it was killed while it printed
        }
    }

    private static long count(Path file) throws IOException {
        return Files.readAllLines(file).size();
    }

    private Set<String> lines(JobState state) {
        Set<String> lines = new HashSet<>();
        try (Millrace millrace = Millrace.open(store)) {
            for (JobInfo job : millrace.jobs().kind("each").state(state)) {
                if (job.queue().startsWith("each-" + folder.getFileName())) {
                    lines.add(
                            job.payload(TypeRef.of(JsonNode.class)).path("line").asString());
                }
            }
        }
        return lines;
    }
}
