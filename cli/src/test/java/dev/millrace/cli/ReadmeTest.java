package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.Millrace;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The three ways in that README's first page shows, done as their readers would. */
class ReadmeTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(sh|java)\\n(.*?)^```$");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** What a way in may take. */
    private static final int MOST_LINES = 10;

    @TempDir
    Path folder;

    private String page;

    @BeforeEach
    void read() throws IOException {
        page = Files.readString(Path.of("..", "README.md"));
        Files.createDirectory(folder.resolve("docs"));
        Files.writeString(folder.resolve("docs/a.md"), "three short words\n");
        Files.writeString(folder.resolve("docs/b.md"), "two words\n");
        Path command = folder.resolve("millrace");
        Files.writeString(
                command,
                "#!/bin/sh\nexec '" + Path.of(System.getProperty("java.home"), "bin", "java")
                        + "' -XX:TieredStopAtLevel=1 -cp '" + classPath() + "' dev.millrace.cli.Main \"$@\"\n");
        assertThat(command.toFile().setExecutable(true)).isTrue();
    }

    private static String classPath() {
        List<String> absolute = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            absolute.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, absolute);
    }

    /** The blocks of a way in, in the order of the page. */
    private List<String> blocks(String title, String language) {
        int from = page.indexOf("**" + title + "**");
        assertThat(from).as(title).isNotNegative();
        int to = page.indexOf("\n**", from);
        Matcher matcher =
                BLOCK.matcher(page.substring(from, Math.min(to < 0 ? page.length() : to, page.indexOf("\n## ", from))));
        List<String> blocks = new ArrayList<>();
        while (matcher.find()) {
            if (matcher.group(1).equals(language)) {
                blocks.add(matcher.group(2));
                assertThat(matcher.group(2).lines()).as(title).hasSizeLessThan(MOST_LINES);
            }
        }
        assertThat(blocks).as(title).isNotEmpty();
        return blocks;
    }

    private Process shell(String line) throws IOException {
        return new ProcessBuilder("bash", "-c", "exec 2>&1; " + line)
                .directory(folder.toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .start();
    }

    private String run(String line) throws Exception {
        Process process = shell(line);
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as(line)
                .isTrue();
        String out = Files.readString(folder.resolve("out"));
        assertThat(process.exitValue()).as("%s: %s", line, out).isZero();
        return out;
    }

    /**
     * Runs a line that goes on until Ctrl-C, until so many jobs have succeeded. It is ended by SIGTERM, which does the same:
     * what is started in the background of a shell is deaf to SIGINT, and so may this build be.
     */
    private String runUntilSucceeded(String line, String store, int jobs) throws Exception {
        Process process = shell("exec " + line);
        try (Millrace millrace = Millrace.open("sqlite:" + folder.resolve(store))) {
            Eventually.holds(
                    "jobs have succeeded",
                    () -> millrace.jobs().state(JobState.SUCCEEDED).count() == jobs);
        }
        assertThat(new ProcessBuilder("kill", "-TERM", Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return Files.readString(folder.resolve("out"));
    }

    @Test
    void from_the_shell() throws Exception {
        List<String> lines = blocks("From the shell.", "sh").get(0).lines().toList();
        String out = "";
        for (String line : lines) {
            if (line.contains("Ctrl-C")) {
                runUntilSucceeded(line, "millrace.db", 2);
            } else if (line.contains(" top ")) {
                out += run(line.replace(" top ", " top --once "));
            } else {
                out += run(line.replace(" --in 5s", " --in 50ms"));
            }
        }

        assertThat(out)
                .contains("3 docs/a.md", "2 docs/b.md", "2 done, 0 failed")
                .contains("greet", "succeeded")
                .contains("default");
    }

    @Test
    void as_a_library() throws Exception {
        String source = "import dev.millrace.*;\nimport java.time.Duration;\npublic class Main {\n"
                + blocks("As a library.", "java").get(0) + "}\n";
        Path classes = compile("Main", source);
        String path = classes + File.pathSeparator + classPath();

        assertThat(run("'" + Path.of(System.getProperty("java.home"), "bin", "java") + "' -cp '" + path + "' Main"))
                .contains("Hello, world!");
    }

    @Test
    void as_a_service() throws Exception {
        String source =
                "import dev.millrace.*;\n" + blocks("As a service.", "java").get(0);
        Path classes = compile("MailHandlers", source);
        Path services = Files.createDirectories(classes.resolve("META-INF/services"));
        Files.writeString(services.resolve("dev.millrace.HandlerModule"), "MailHandlers\n");
        jar(classes, folder.resolve("mail.jar"));
        run(
                "./millrace --store sqlite:jobs.db enqueue mail '{\"to\":\"ada@example.org\",\"body\":\"hi\"}' --queue mail");

        String out = runUntilSucceeded(blocks("As a service.", "sh").get(0).strip(), "jobs.db", 1);

        assertThat(out).contains("to ada@example.org").contains("stopped after").contains("1 succeeded");
    }

    private Path compile(String name, String source) throws IOException {
        Path file = Files.writeString(folder.resolve(name + ".java"), source);
        Path classes = Files.createDirectory(folder.resolve("classes"));
        int code = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-cp", classPath(), "-proc:none", "-d", classes.toString(), file.toString());
        assertThat(code).isZero();
        return classes;
    }

    private static void jar(Path classes, Path jar) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jar").toString(),
                        "--create",
                        "--file",
                        jar.toString(),
                        "-C",
                        classes.toString(),
                        ".")
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }
}
