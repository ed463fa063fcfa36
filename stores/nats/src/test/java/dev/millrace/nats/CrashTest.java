package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import dev.millrace.testkit.contract.Books;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that lead are killed with SIGKILL at random points: what was accepted is there, what was settled stays so. */
class CrashTest {
    private static final int KILLS = Boolean.getBoolean("millrace.long") ? 20 : 3;

    private final List<Process> started = new ArrayList<>();

    @TempDir
    Path folder;

    @AfterEach
    void killAll() throws InterruptedException {
        for (Process each : started) {
            each.destroyForcibly().waitFor();
        }
    }

    @Test
    void what_killed_leaders_accepted_and_settled_is_there() throws IOException, InterruptedException {
        NatsPlace place = new NatsPlace(Servers.server().url(), 1);
        Random random = new Random(42);
        Map<UUID, JobState> promised = new HashMap<>();
        List<Path> told = new ArrayList<>();
        Process survivor = start(place, told);
        for (int i = 0; i < KILLS; i++) {
            Path out = told.get(i);
            Process next = start(place, told);
            int goal = 200 + random.nextInt(400);
            await(() -> lines(out) >= goal);
            survivor.destroyForcibly().waitFor();
            survivor = next;
        }
        survivor.destroyForcibly().waitFor();
        for (Path out : told) {
            read(out, promised);
        }

        ManualClock clock = new ManualClock(Instant.now());
        StoreDriver driver = new StoreDriver(place.open(clock, Retention.DEFAULT), clock);
        Map<UUID, JobState> found = new HashMap<>();
        driver.find(Filter.ALL).forEach(job -> found.put(job.id(), job.state()));

        assertThat(promised).hasSizeGreaterThan(KILLS * 50);
        promised.forEach((id, state) -> {
            assertThat(found).as("accepted").containsKey(id);
            if (state == JobState.SUCCEEDED) {
                assertThat(found.get(id)).isEqualTo(JobState.SUCCEEDED);
            }
        });
        assertThat(driver.find(Filter.ALL))
                .filteredOn(job -> job.spec().keys().group() != null)
                .filteredOn(job -> job.state() == JobState.READY || job.state() == JobState.RUNNING)
                .as("jobs of one at a time")
                .hasSizeLessThan(2);
        driver.settleDown();
        assertThat(Books.faults(place.open(clock, Retention.DEFAULT))).isEmpty();
        place.close();
    }

    private static long lines(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a process was promised, in order; its last line may be cut short. */
    private static void read(Path file, Map<UUID, JobState> promised) throws IOException {
        for (String line : Files.readAllLines(file)) {
            String[] words = line.split(" ", -1);
            if (words.length == 3 && words[2].equals(".")) {
                JobState state = JobState.valueOf(words[1]);
                promised.merge(UUID.fromString(words[0]), state, (old, now) -> old == JobState.SUCCEEDED ? old : now);
            }
        }
    }

    private Process start(NatsPlace place, List<Path> told) throws IOException {
        Path out = folder.resolve("told" + told.size());
        told.add(out);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Working.class.getName(),
                        place.address(Servers.server().url()))
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        started.add(process);
        return process;
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + 90_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited long enough").isLessThan(deadline);
            LockSupport.parkNanos(5_000_000);
        }
    }

    /** Enqueues and settles until it is killed, or who started it is gone, and prints what it was promised. */
    static final class Working {
        private Working() {}

        public static void main(String[] args) {
            Store store = new NatsProvider()
                    .open(new StoreConfig(StoreAddress.parse(args[0]), Clock.systemUTC(), Retention.DEFAULT));
            StoreDriver driver = new StoreDriver(store, new ManualClock(Instant.now()));
            SessionDriver session = driver.session();
            List<ClaimedJob> held = List.of();
            ProcessHandle starter = ProcessHandle.current().parent().orElseThrow();
            while (starter.isAlive()) {
                try {
                    List<JobDraft> drafts = drafts();
                    driver.offer(drafts);
                    drafts.forEach(draft -> tell(draft.id(), JobState.READY));
                    List<Settlement> outcomes = new ArrayList<>();
                    held.forEach(job -> outcomes.add(Settlement.of(job.run(), new Outcome.Succeeded(null))));
                    ExchangeReply reply =
                            session.exchange(outcomes, session.next(new Claim.Queues.AllBut(Set.of()), 5));
                    held.forEach(job -> tell(job.spec().id(), JobState.SUCCEEDED));
                    held = reply.claimed();
                } catch (StoreUnavailableException e) {
                    held = List.of();
                }
            }
        }

        /** A chain, one of those that run one at a time, and one that nothing holds back. */
        private static List<JobDraft> drafts() {
            JobDraft first = Jobs.work();
            JobDraft second = Jobs.work().after(first);
            JobDraft third = Jobs.work().after(second);
            return List.of(third, second, first, Jobs.work().serial("key"), Jobs.work());
        }

        private static void tell(UUID id, JobState state) {
            System.out.println(id + " " + state + " .");
            System.out.flush();
        }
    }
}
