package dev.millrace.testkit.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.WorkflowHandle;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.testkit.contract.FlowBooks;
import dev.millrace.testkit.server.ServerProcess;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes that work are killed, or stand still. Proves process death only, not the loss of power. */
abstract class WorkerDeathRules extends FaultPart {
    private static final int KILLS = Drill.LONG ? 20 : 3;
    private static final int PROCESSES = Drill.LONG ? 4 : 2;

    /** Starts a process, and waits until it works. */
    private ServerProcess start() {
        return drill.process(place.environment());
    }

    private void kill(ServerProcess process) {
        drill.kill(process);
    }

    /**
     * One is killed at any moment, the next while those are released that waited for a job that has just ended, the next while
     * schedules tick.
     */
    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void workers_killed_at_random_points_lose_nothing_and_run_nothing_twice_at_once() throws Exception {
        Millrace look = millrace(place.address());
        drill.tick();
        for (int process = 0; process < PROCESSES; process++) {
            start();
        }

        List<Long> unreleased = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            switch (kill % 3) {
                case 0 -> unreleased.add(killAtRelease(look));
                case 1 -> killAtTick();
                default -> {
                    awaitWork(10_000 + random.nextInt(70_000));
                    kill(anyProcess());
                }
            }
            start();
        }
        awaitWork(10_000);
        drill.killProcesses();

        long began = System.nanoTime();
        worker("last", place.address(), FaultWorker.LEASE);
        Audit audit = finish();
        long took = Duration.ofNanos(System.nanoTime() - began).toMillis();
        audit.print(
                "workers killed " + (KILLS + PROCESSES) + " times",
                "what was left done within " + took + " ms, still BLOCKED at kills after an end for which " + Flow.WIDTH
                        + " had waited: " + unreleased + ", seed " + drill.seed);
        audit.assertAllKept();
        assertNothingIsHeld(look, audit);
        if (Drill.LONG) {
            assertThat(unreleased).as("still BLOCKED at kills").anyMatch(blocked -> blocked > 0);
        }
    }

    private void awaitWork(int bytes) {
        awaitGrowth(bytes, () -> drill.processes().stream().allMatch(ServerProcess::alive));
    }

    private ServerProcess anyProcess() {
        return drill.processes().get(random.nextInt(PROCESSES));
    }

    /**
     * Kills whoever has run a job for which very many wait, within the moment after its end.
     *
     * @return how many of those were BLOCKED then
     */
    private long killAtRelease(Millrace look) {
        long before = journal.size();
        WorkflowHandle wide = look.submit(Flow.wide(Load.STEP.with(0)));
        Load.jobs(wide).forEach(id -> journal.write("A", id));
        UUID first = wide.handle("first", Load.STEP).id();
        until(
                "the job has ended that all wait for",
                () -> journal.whoEnded(first, before).isPresent());
        String worker = journal.whoEnded(first, before).orElseThrow();
        LockSupport.parkNanos(random.nextInt(40_000_000));

        kill(drill.processes().stream()
                .filter(process -> process.name().equals(worker))
                .findFirst()
                .orElseThrow());
        return wide.jobs().filter(job -> job.state() == JobState.BLOCKED).count();
    }

    /** Kills one soon after a full second, when all schedules tick. */
    private void killAtTick() {
        long second = System.currentTimeMillis() / 1_000 + 1;
        until("the second is over", () -> System.currentTimeMillis() >= second * 1_000);
        LockSupport.parkNanos(random.nextInt(150_000_000));
        kill(anyProcess());
    }

    /** All has ended, so each place in a group can be taken again, and each key, and the lock by its next token. */
    private void assertNothingIsHeld(Millrace look, Audit audit) {
        List<UUID> crowd = Flow.crowd(look);
        drill.settle(look.store());
        assertThat(FlowBooks.faults(look.store())).as("places left taken").isEmpty();
        assertThat(Flow.faultsOfCrowd(look, crowd)).isEmpty();
        assertThat(Flow.keysLeft(look)).as("unique keys left taken").isEmpty();
        until(
                "the lock can be taken",
                () -> look.tryLock(Flow.LOCK, Duration.ofSeconds(1), "who comes last")
                        .filter(lock -> lock.token() > audit.lockToken())
                        .isPresent());
        assertThat(audit.lockToken()).isPositive();
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
        Files.createFile(FaultWorker.thawed(journal, frozen.name()));
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
