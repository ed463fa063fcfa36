import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs each program as a user would: a Java of its own in an empty folder. It must end well, print what it says, and tidy up. */
class ExamplesTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Path MODULE = Path.of("").toAbsolutePath();

    @TempDir
    Path temp;

    private Path folder;
    private Set<String> before;

    @BeforeEach
    void remember() throws IOException {
        folder = Files.createDirectory(temp.resolve("work"));
        before = files(MODULE);
    }

    /** Programs name their files without a folder, so whatever they leave belongs into the folder that they were started in. */
    @AfterEach
    void nothing_is_left_elsewhere() throws IOException {
        assertThat(files(MODULE)).as("files of the module").isEqualTo(before);
        assertThat(files(temp.resolve("tmp"))).as("temporary files left behind").isEmpty();
    }

    @Test
    void hello() throws Exception {
        assertThat(run(Hello.class)).containsExactly("Hello, world!");
        assertThat(files(folder)).contains("hello.db");
    }

    @Test
    void functions() throws Exception {
        assertThat(run(Functions.class)).containsExactly("1", "4", "9", "16", "100000 stored, 0 duplicates");
        assertThat(files(folder)).isEmpty();
    }

    @Test
    void options() throws Exception {
        assertThat(run(Options.class)).containsExactly("true true", "true", "CANCELLED");
        assertThat(files(folder)).contains("options.db");
    }

    @Test
    void testing() throws Exception {
        assertThat(run(Testing.class)).containsExactly("0", "1", "true");
        assertThat(files(folder)).isEmpty();
    }

    @Test
    void handlers() throws Exception {
        List<String> lines = run(Handlers.class);

        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).isEqualTo("Report[imported=3]");
        assertThat(lines.get(1)).startsWith("WorkerStats[worker=");
        assertThat(files(folder)).isEmpty();
    }

    @Test
    void operating() throws Exception {
        assertThat(run(Operating.class))
                .containsExactly("0 workers, 0 jobs/s", "HEALTHY (100)", "0 retried, 0 deleted");
        assertThat(files(folder)).contains("operating.db", "operating.millrace");
    }

    @Test
    void transactions() throws Exception {
        assertThat(run(Transactions.class)).containsExactly("confirmed");
        assertThat(files(folder)).contains("shop.db");
    }

    @Test
    void workflows() throws Exception {
        assertThat(run(Workflows.class)).containsExactly("100");
        assertThat(files(folder)).isEmpty();
    }

    @Test
    void recurring() throws Exception {
        assertThat(run(Recurring.class))
                .satisfiesExactly(
                        nightly -> assertThat(nightly)
                                .startsWith("nightly: nightly-report in default, cron 0 3 * * * in Europe/Berlin, next "),
                        pulse -> assertThat(pulse).startsWith("pulse: nightly-report in default, every 30s, next "));
        assertThat(files(folder)).contains("recurring.db");
    }

    @Test
    void every_program_is_run_here() throws IOException {
        List<String> tested = Stream.of(ExamplesTest.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .map(method -> method.getName())
                .toList();
        for (String file : files(MODULE.resolve("src/main/java"))) {
            assertThat(tested).as("a test of " + file).contains(file.replace(".java", "").toLowerCase());
        }
    }

    /** What the program prints to standard output; it must end by itself, with exit code 0. */
    private List<String> run(Class<?> program) throws Exception {
        return start(program).lines();
    }

    private Ended start(Class<?> program) throws Exception {
        Path out = temp.resolve("out");
        Path err = temp.resolve("err");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + Files.createDirectories(temp.resolve("tmp")),
                "-Duser.home=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        if (Runtime.version().feature() >= 22) {
            command.add(1, "--enable-native-access=ALL-UNNAMED");
        }
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            boolean ended = process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
            String errors = Files.readString(err);
            assertThat(ended).as("%s has ended within %s; it printed:%n%s", program.getName(), LIMIT, errors).isTrue();
            return new Ended(process.exitValue(), Files.readAllLines(out), errors);
        } finally {
            process.destroyForcibly();
        }
    }

    /** A program that has ended. */
    private record Ended(int code, List<String> out, String errors) {
        List<String> lines() {
            assertThat(errors).as("standard error").isEmpty();
            assertThat(code).as("exit code").isZero();
            return out;
        }
    }

    /** The files in a folder and below it, build output aside; folders do not count. */
    private static Set<String> files(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            return Set.of();
        }
        Set<String> found = new TreeSet<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .filter(file -> !file.startsWith("target"))
                    .forEach(found::add);
        }
        return found;
    }
}
