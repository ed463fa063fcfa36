package dev.millrace.testkit.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobHandle;
import dev.millrace.Millrace;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.testkit.server.ServerProcess;
import dev.millrace.testkit.server.ServerProcessBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes that work are killed, or stand still. Proves process death only, not the loss of power. */
abstract class WorkerDeathRules extends FaultPart {
    private static final int KILLS = CrashContract.LONG ? 20 : 3;

    private final List<ServerProcess> processes = new ArrayList<>();
    private int number;

    @AfterEach
    void endProcesses() {
        processes.forEach(ServerProcess::kill);
    }

    @Override
    String more() {
        return processes.stream()
                .map(process -> "; " + process + ", end of its log: " + process.tail())
                .collect(Collectors.joining());
    }

    private ServerProcessBuilder process() {
        String name = "worker-" + ++number;
        ServerProcessBuilder builder = ServerProcess.named(name)
                .folder(folder)
                .command(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FaultWorker.class.getName(),
                        place.address(),
                        journal.file().toString(),
                        Long.toString(random.nextLong()),
                        name);
        place.environment().forEach(builder::environment);
        return builder.ready(child -> journal.working(name));
    }

    /** Starts a process, and waits until it works. */
    private ServerProcess start() {
        ServerProcess started = process().start();
        processes.add(started);
        return started;
    }

    private void kill(ServerProcess process) {
        journal.write("K", process.name());
        process.kill();
        processes.remove(process);
    }

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void workers_killed_at_random_points_lose_nothing_and_run_nothing_twice_at_once() throws Exception {
        start();
        start();

        for (int kill = 0; kill < KILLS; kill++) {
            awaitGrowth(
                    10_000 + random.nextInt(70_000), () -> processes.stream().allMatch(ServerProcess::alive));
            kill(processes.get(random.nextInt(processes.size())));
            start();
        }
        List.copyOf(processes).forEach(this::kill);

        long began = System.nanoTime();
        worker("last", place.address(), FaultWorker.LEASE);
        Audit audit = finish();
        long took = Duration.ofNanos(System.nanoTime() - began).toMillis();
        audit.print("workers killed " + (KILLS + 2) + " times", "what was left done within " + took + " ms");
        audit.assertAllKept();
    }

    @Test
    void a_worker_frozen_past_its_lease_loses_its_jobs_and_goes_on_with_a_new_session() throws Exception {
        Millrace look = millrace(place.address());
        JobHandle<String> held = look.enqueue(Load.LONG, 0);
        journal.write("A", held.id());
        ServerProcess frozen = start();
        until("it is at the long job", () -> journal.has("S", held.id(), frozen.name()));
        UUID lost = openSessions(look, frozen.name()).get(0).id();
        load("well", place.address(), FaultWorker.LEASE);
        awaitGoingOn();

        freeze(frozen, look);
        until("the other worker takes the job over", () -> journal.has("E", held.id(), "well"));
        frozen.resume();
        until("it ends the run that is not its own any more", () -> journal.has("E", held.id(), frozen.name()));
        until(
                "it has a new session",
                () -> openSessions(look, frozen.name()).stream()
                        .anyMatch(session -> !session.id().equals(lost)));
        until("it works", () -> worksUnder(look, frozen));

        assertThat(look.store().sessions())
                .filteredOn(session -> session.id().equals(lost))
                .allMatch(session -> session.closedAt() != null);
        kill(frozen);
        Audit audit = finish();
        assertThat(held.await(PATIENCE)).isEqualTo("well");
        assertThat(look.store().trail(held.id()).runs())
                .extracting(RunRecord::end)
                .endsWith(RunEnd.RESCUED, RunEnd.SUCCEEDED);
        audit.print("worker frozen past its lease", "");
        audit.assertAllKept();
    }

    /** Whether a job that is enqueued now ends up with this worker, after a few tries. */
    private boolean worksUnder(Millrace look, ServerProcess process) {
        try {
            JobHandle<String> job = look.enqueue(Load.STEP, 0);
            journal.write("A", job.id());
            return process.name().equals(job.await(PATIENCE));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /**
     * Freezes a process while it holds no lock of the store's own: where the processes share a file, one that stands still in
     * the middle of a commit keeps all others from theirs, which is the engine's nature and not what is shown here.
     */
    private void freeze(ServerProcess process, Millrace look) throws Exception {
        while (true) {
            process.pause();
            CompletableFuture<UUID> probe = CompletableFuture.supplyAsync(
                    () -> look.enqueue(Load.STEP, 0).id());
            try {
                journal.write("A", probe.get(1, TimeUnit.SECONDS));
                return;
            } catch (TimeoutException e) {
                process.resume();
                journal.write("A", probe.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            }
        }
    }
}
