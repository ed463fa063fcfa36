package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.exec.DeathSignal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code each} and {@code worker} do to processes, and processes to them. */
class EachProcessTest {
    @TempDir
    Path folder;

    private String store;
    private Path pids;

    @BeforeEach
    void name() {
        store = "sqlite:" + folder.resolve("jobs.db");
        pids = folder.resolve("pids");
    }

    private ProcessBuilder process(List<String> jvmOptions, String... arguments) {
        return ChildJvm.of(jvmOptions, store, arguments);
    }

    private Process each(String input, List<String> jvmOptions, String... arguments) throws IOException {
        Path lines = Files.writeString(folder.resolve("lines"), input);
        return process(jvmOptions, arguments).redirectInput(lines.toFile()).start();
    }

    private List<Long> pids() throws IOException {
        return Files.exists(pids)
                ? Files.readAllLines(pids).stream().map(Long::valueOf).toList()
                : List.of();
    }

    /** A process that is dead, but whose new parent has not asked how it ended, still has a number. */
    private static boolean alive(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            return !e.getMessage().contains("No such process");
        }
    }

    @Test
    void commands_do_not_outlive_a_killed_each() throws Exception {
        assertThat(DeathSignal.offered()).isTrue();
        Process each = each(
                "1\n2\n3\n", List.of(), "each", "-j", "3", "--shell", "--", "echo $$ >> " + pids + "; exec sleep 1000");
        Eventually.holds("three run", () -> pids().size() == 3);
        assertThat(pids()).allMatch(EachProcessTest::alive);

        each.destroyForcibly().waitFor();

        List<Long> left = pids();
        Eventually.holds("none is left", () -> left.stream().noneMatch(EachProcessTest::alive));
    }

    @Test
    void programs_do_not_outlive_a_killed_worker() throws Exception {
        Path script = folder.resolve("script.sh");
        Files.writeString(script, "#!/bin/sh\necho $$ >> " + pids + "\nexec sleep 1000\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        assertThat(CommandRun.of("enqueue", "k", "1", "--store", store).code()).isZero();
        Process worker = process(List.of(), "worker", "--exec", "k=" + script)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Eventually.holds("it runs", () -> pids().size() == 1);

        worker.destroyForcibly().waitFor();

        long pid = pids().get(0);
        Eventually.holds("it is dead", () -> !alive(pid));
    }

    @Test
    void a_signal_ends_what_runs_and_leaves_the_rest_for_the_next_run() throws Exception {
        String script = "echo $$ >> " + pids + "; until [ -e " + folder + "/go ]; do sleep 0.01; done; echo {}";
        ProcessBuilder builder = process(List.of(), "each", "-j", "2", "--shell", "--", script)
                .redirectInput(
                        Files.writeString(folder.resolve("lines"), "1\n2\n3\n").toFile())
                .redirectError(folder.resolve("err").toFile());
        Process each = builder.start();
        Eventually.holds("two run", () -> pids().size() == 2);

        // Not SIGINT, which a shell that runs the build in the background has all of it ignore.
        new ProcessBuilder("kill", "-TERM", Long.toString(each.pid())).start().waitFor();

        assertThat(each.waitFor()).isEqualTo(143);
        assertThat(pids()).noneMatch(EachProcessTest::alive);
        assertThat(Files.readString(folder.resolve("err")))
                .contains("stopped: 0 done, 0 failed")
                .contains("3 of the lines read are left")
                .contains("run the same command");
        Files.createFile(folder.resolve("go"));
        CommandRun rest = CommandRun.withInput("1\n2\n3\n", "each", "--store", store, "-k", "--shell", "--", script);
        assertThat(rest.out()).isEqualTo("1\n2\n3\n");
        assertThat(rest.err()).contains("3 done, 0 failed, 0 skipped");
    }

    @Test
    void an_output_larger_than_the_heap_is_printed_and_not_held() throws Exception {
        int size = 200 << 20;
        Process each = each(
                "1\n2\n",
                List.of("-Xmx48m"),
                "each",
                "-k",
                "--shell",
                "--",
                "head -c " + size + " /dev/zero | tr '\\0' {}");

        byte[] chunk = new byte[1 << 16];
        long[] seen = new long[256];
        for (int n = each.getInputStream().read(chunk);
                n >= 0;
                n = each.getInputStream().read(chunk)) {
            for (int i = 0; i < n; i++) {
                seen[chunk[i]]++;
            }
        }

        assertThat(each.waitFor()).isZero();
        assertThat(seen['1']).isEqualTo(size);
        assertThat(seen['2']).isEqualTo(size);
    }

    @Test
    void an_output_that_nobody_reads_any_more_stops_it_and_loses_nothing() throws Exception {
        Process each = each("1\n2\n3\n", List.of(), "each", "-j", "1", "--shell", "--", "yes {} | head -c 1000000");
        each.getInputStream().read();
        each.getInputStream().close();

        assertThat(each.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(each.exitValue()).isEqualTo(1);
        Process again = each("1\n2\n3\n", List.of(), "each", "--shell", "--", "yes {} | head -c 1000000");
        assertThat(new String(again.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .hasSize(3_000_000);
        assertThat(again.waitFor()).isZero();
    }
}
