package dev.millrace.cli.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobHandle;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Stats;
import dev.millrace.cli.ChildJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code millrace worker --processes} as real processes. */
class WorkerProcessesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final JobType<String, String> ECHO = JobType.of("echo", String.class, String.class);

    @TempDir
    Path folder;

    private String store;
    private Path log;
    private Millrace millrace;
    private Process supervisor;

    @BeforeEach
    void start() throws Exception {
        store = "sqlite:" + folder.resolve("jobs.db");
        log = folder.resolve("log");
        millrace = Millrace.open(store);
        supervisor = ChildJvm.of(
                        List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                        store,
                        "worker",
                        "--exec=echo=cat",
                        "--processes=2",
                        "--name=w",
                        "--grace=2s")
                .redirectError(log.toFile())
                .start();
        until("two workers are there", () -> workers().equals(Set.of("w-1", "w-2")));
    }

    @AfterEach
    void end() throws Exception {
        List<ProcessHandle> left = supervisor
                .descendants()
                .sorted(Comparator.comparing(ProcessHandle::pid))
                .toList();
        supervisor.destroyForcibly().waitFor();
        left.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle each : left) {
            each.onExit().get(20, TimeUnit.SECONDS);
        }
        millrace.close();
    }

    private Set<String> workers() {
        return millrace.stats().workers().stream().map(Stats.WorkerInfo::name).collect(Collectors.toSet());
    }

    /** How many worker processes have said that they work. */
    private long begun() {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.contains(" works on ")).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void until(String what, BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError(
                        "not within " + PATIENCE + ": " + what + "; the log:\n" + Files.readString(log));
            }
            LockSupport.parkNanos(10_000_000);
        }
    }

    private List<ProcessHandle> children() {
        return supervisor.children().toList();
    }

    @Test
    void a_killed_worker_is_started_again_and_all_stop_when_the_supervisor_is_told_to() throws Exception {
        List<ProcessHandle> before = children();
        assertThat(before).hasSize(2);
        ProcessHandle killed = before.get(0);

        killed.destroyForcibly();
        until(
                "another process has its place",
                () -> children().size() == 2 && !children().contains(killed));
        JobHandle<String> job = millrace.enqueue(ECHO, "hello");
        assertThat(job.await(PATIENCE)).isEqualTo("hello");
        until("the new one works, too", () -> begun() == 3);
        List<ProcessHandle> after = children();
        supervisor.destroy();

        assertThat(supervisor.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(after).noneMatch(ProcessHandle::isAlive);
        assertThat(Files.readString(log))
                .contains("supervisor: keeps 2 worker processes")
                .contains("(pid " + killed.pid() + ") ended with signal 9")
                .contains("supervisor: stopped; 1 process was started again")
                .contains("worker w-2 stopped after");
    }

    @Test
    void workers_stop_by_themselves_when_their_supervisor_is_killed() throws Exception {
        List<ProcessHandle> children = children();

        supervisor.destroyForcibly();

        until("all have stopped", () -> children.stream().noneMatch(ProcessHandle::isAlive));
        assertThat(workers()).isEmpty();
    }
}
