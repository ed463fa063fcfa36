package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.out.Terminal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The files of docs/deploy are what their readers take them for. */
class DeploymentFilesTest {
    private static final Path FOLDER = Path.of("..", "docs", "deploy");
    /** How much longer than its grace a worker may take: what docs/deploy.md says. */
    private static final int BEYOND_GRACE = 20;

    @TempDir
    Path folder;

    private static String read(String file) throws IOException {
        return Files.readString(FOLDER.resolve(file));
    }

    private static String found(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
        assertThat(matcher.find()).as("%s in %s", pattern, text).isTrue();
        return matcher.group(1);
    }

    /** The command takes these arguments: none is unknown, none has a wrong value. */
    private static void assertUnderstood(List<String> arguments) {
        Terminal terminal = new Terminal(new ByteArrayInputStream(new byte[0]), false, false, 80, Map.of());

        var parsed = Main.commandLine(terminal).parseArgs(arguments.toArray(String[]::new));

        assertThat(parsed.subcommand().commandSpec().name()).isEqualTo("worker");
    }

    @Test
    void systemd_takes_the_unit_and_the_command_its_arguments() throws Exception {
        String unit = read("millrace-worker.service");
        Path program = Files.createFile(folder.resolve("millrace"));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        Path copy = folder.resolve("millrace-worker.service");
        Files.writeString(copy, unit.replace("/opt/millrace/millrace", program.toString()));

        Process verify = new ProcessBuilder("systemd-analyze", "verify", copy.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(verify.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);

        assertThat(verify.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(verify.exitValue()).as(said).isZero();
        assertThat(said).doesNotContain("millrace-worker.service");
        assertUnderstood(List.of(found("^ExecStart=\\S+ (.*)$", unit).split(" ")));
        int grace = Integer.parseInt(found("--grace (\\d+)s", unit));
        assertThat(found("^TimeoutStopSec=(\\d+)s$", unit)).isEqualTo(Integer.toString(grace + BEYOND_GRACE));
    }

    @Test
    void the_image_starts_a_worker_with_files_that_its_build_makes() throws Exception {
        String file = read("Containerfile");
        List<String> arguments = new ArrayList<>();
        JsonMapper.shared()
                .readTree(found("^CMD (\\[.*])$", file))
                .forEach(argument -> arguments.add(argument.asString()));

        assertUnderstood(arguments);
        String build = Files.readString(Path.of("..", "millrace"));
        assertThat(build)
                .as("how ./millrace builds itself")
                .contains("-Dbuild.output=target/run", "-pl cli -am package");
        assertThat(file).contains("-Dbuild.output=target/run", "-pl cli -am package", "/src/cli/target/run/lib");
    }

    @Test
    void the_manifest_is_sound_and_its_pieces_fit_together() throws Exception {
        List<JsonNode> documents = new ArrayList<>();
        YAMLMapper.shared()
                .readerFor(JsonNode.class)
                .<JsonNode>readValues(read("kubernetes.yaml"))
                .forEachRemaining(documents::add);

        JsonNode secret = documents.get(0);
        JsonNode deployment = documents.get(1);
        JsonNode pod = deployment.at("/spec/template");
        JsonNode container = pod.at("/spec/containers/0");
        List<String> arguments = new ArrayList<>();
        container.path("args").forEach(argument -> arguments.add(argument.asString()));
        assertUnderstood(arguments);
        assertThat(deployment.at("/spec/selector/matchLabels")).isEqualTo(pod.at("/metadata/labels"));
        JsonNode reference = container.at("/env/0/valueFrom/secretKeyRef");
        assertThat(reference.path("name")).isEqualTo(secret.at("/metadata/name"));
        assertThat(secret.path("stringData").has(reference.path("key").asString()))
                .isTrue();
        int grace = Integer.parseInt(found("--grace=(\\d+)s", String.join(" ", arguments)));
        assertThat(pod.at("/spec/terminationGracePeriodSeconds").asInt()).isEqualTo(grace + BEYOND_GRACE);
        String alive = found("--alive-file=(\\S+)", String.join(" ", arguments));
        for (String probe : List.of("startupProbe", "livenessProbe")) {
            assertThat(container.path(probe).at("/exec/command").toString()).contains(alive);
        }
    }

    @Test
    void the_liveness_probe_tells_a_young_file_from_an_old_one_and_from_none() throws Exception {
        JsonNode deployment = YAMLMapper.shared()
                .readTree(read("kubernetes.yaml")
                        .substring(read("kubernetes.yaml").indexOf("---")));
        String probe = deployment
                .at("/spec/template/spec/containers/0/livenessProbe/exec/command/2")
                .asString();
        Path file = folder.resolve("alive");
        String here = probe.replace("/tmp/millrace.alive", file.toString());

        assertThat(shell(here)).isNotZero();
        Files.createFile(file);
        assertThat(shell(here)).isZero();
        assertThat(shell("touch -d '-3 minutes' " + file)).isZero();
        assertThat(shell(here)).isNotZero();
    }

    private static int shell(String script) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", script)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
