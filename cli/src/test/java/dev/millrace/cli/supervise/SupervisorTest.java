package dev.millrace.cli.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class SupervisorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<String> log = new CopyOnWriteArrayList<>();
    private final LinkedBlockingQueue<Process> started = new LinkedBlockingQueue<>();

    private Supervisor supervisor(int processes, Predicate<Integer> again, Duration patience, String script) {
        return new Supervisor(
                new Supervisor.Plan(processes, again, patience), number -> shell(script, number), log::add);
    }

    private Process shell(String script, int number) throws IOException {
        Process process = new ProcessBuilder("sh", "-c", script, "sh", Integer.toString(number)).start();
        started.add(process);
        return process;
    }

    private static CompletableFuture<Integer> running(Supervisor supervisor) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return supervisor.run(null);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private Process next() throws InterruptedException {
        Process process = started.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(process).as("a process is started; the log says %s", log).isNotNull();
        return process;
    }

    @Test
    void as_many_run_as_were_asked_for_and_all_are_told_to_stop() throws Exception {
        Supervisor supervisor = supervisor(3, code -> true, PATIENCE, "exec sleep 600");
        CompletableFuture<Integer> run = running(supervisor);
        List<Process> processes = List.of(next(), next(), next());

        supervisor.stop();

        assertThat(run.get(20, TimeUnit.SECONDS)).isZero();
        assertThat(processes).noneMatch(Process::isAlive);
        assertThat(started).isEmpty();
        assertThat(log).containsExactly("stopped; 0 processes were started again");
    }

    @Test
    void one_that_is_killed_is_started_again_and_the_log_says_what_happened() throws Exception {
        Supervisor supervisor = supervisor(1, code -> true, PATIENCE, "exec sleep 600");
        CompletableFuture<Integer> run = running(supervisor);
        Process first = next();

        first.destroyForcibly();
        Process second = next();
        supervisor.stop();
        run.get(20, TimeUnit.SECONDS);

        assertThat(second.pid()).isNotEqualTo(first.pid());
        assertThat(log.get(0))
                .contains("process 1 (pid " + first.pid() + ")")
                .contains("signal 9")
                .contains("started again in 1 s");
        assertThat(log).endsWith("stopped; 1 process was started again");
    }

    @Test
    void one_that_does_not_stop_is_killed() throws Exception {
        Supervisor supervisor = supervisor(
                1, code -> true, Duration.ofMillis(100), "trap '' TERM; echo ready; while :; do sleep 1; done");
        CompletableFuture<Integer> run = running(supervisor);
        Process stubborn = next();
        assertThat(stubborn.getInputStream().read()).isEqualTo('r');

        supervisor.stop();

        assertThat(run.get(20, TimeUnit.SECONDS)).isZero();
        assertThat(stubborn.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(log).anyMatch(line -> line.contains("does not stop, and is killed"));
    }

    @Test
    void it_ends_when_all_are_done_with_the_worst_exit_code() throws Exception {
        Supervisor supervisor = supervisor(3, code -> false, PATIENCE, "exit $(( $1 == 2 ? 7 : 0 ))");

        assertThat(supervisor.run(null)).isEqualTo(7);
        assertThat(started).hasSize(3);
    }

    @Test
    void wrong_arguments_stop_all() throws Exception {
        Supervisor supervisor = supervisor(2, code -> true, PATIENCE, "test $1 = 1 && exit 2; exec sleep 600");

        assertThat(supervisor.run(null)).isEqualTo(2);

        assertThat(started).hasSize(2).noneMatch(Process::isAlive);
        assertThat(log.get(0)).contains("exit code 2");
    }

    @Test
    void a_process_that_cannot_be_started_is_tried_again() throws Exception {
        LinkedBlockingQueue<Integer> tries = new LinkedBlockingQueue<>();
        Supervisor supervisor = new Supervisor(
                new Supervisor.Plan(1, code -> true, PATIENCE),
                number -> {
                    tries.add(number);
                    throw new IOException("no such program");
                },
                log::add);
        CompletableFuture<Integer> run = running(supervisor);

        assertThat(tries.poll(20, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(tries.poll(20, TimeUnit.SECONDS)).isEqualTo(1);
        supervisor.stop();

        assertThat(run.get(20, TimeUnit.SECONDS)).isZero();
        assertThat(log.get(0)).contains("cannot be started: no such program").contains("tried again in 1 s");
    }

    @Test
    void at_the_end_of_its_time_it_tells_whether_all_were_done() throws Exception {
        Supervisor done = supervisor(1, code -> false, PATIENCE, "exit 0");
        Supervisor going = supervisor(1, code -> false, PATIENCE, "exec sleep 600");

        assertThat(done.run(PATIENCE)).isZero();
        assertThat(going.run(Duration.ofMillis(50))).isZero();

        assertThat(done.allDone()).isTrue();
        assertThat(going.allDone()).isFalse();
    }

    @Test
    void processes_share_the_memory_that_one_would_have_had() {
        assertThat(WorkerProcesses.shared("-XX:MaxRAMPercentage=75", 4)).isEqualTo("-XX:MaxRAMPercentage=18.75");
        assertThat(WorkerProcesses.shared("-XX:MaxRAMPercentage=75.0", 1)).isEqualTo("-XX:MaxRAMPercentage=75.0");
        assertThat(WorkerProcesses.shared("-Xmx1g", 4)).isEqualTo("-Xmx1g");
    }

    @Test
    void pauses_grow_to_half_a_minute_and_begin_anew_after_a_steady_minute() {
        BackOff backOff = new BackOff();
        Duration moment = Duration.ofMillis(100);

        assertThat(List.of(1, 2, 4, 8, 16, 30, 30))
                .allSatisfy(seconds -> assertThat(backOff.after(1, moment)).hasSeconds(seconds));
        assertThat(backOff.after(1, Duration.ofMinutes(2))).hasSeconds(1);
        assertThat(backOff.after(0, Duration.ofSeconds(5))).isZero();
        assertThat(backOff.after(0, moment))
                .as("one that is done at once may be so for ever")
                .hasSeconds(2);
    }
}
