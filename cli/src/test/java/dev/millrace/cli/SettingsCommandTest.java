package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class SettingsCommandTest {
    @TempDir
    Path folder;

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private static JsonNode setting(CommandRun run, String name) {
        return run.jsonLines().stream()
                .filter(line -> line.path("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void it_prints_what_is_set_and_where_without_passwords() throws Exception {
        String file = file("m.yaml", "store: redis://:hunter2@host\nworker:\n  concurrency: 3\n");

        CommandRun run = CommandRun.of("settings", "--config", file, "--json");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(setting(run, "worker.concurrency").path("value").asString()).isEqualTo("3");
        assertThat(setting(run, "worker.concurrency").path("from").asString()).isEqualTo(file);
        assertThat(setting(run, "worker.lease").has("value")).isFalse();
        assertThat(run.out()).doesNotContain("hunter2");
        assertThat(CommandRun.of("settings", "--config", file).out()).contains("worker.grace", "25s");
    }

    @Test
    void a_file_names_the_store_and_an_option_wins_over_it() throws Exception {
        String store = "sqlite:" + folder.resolve("from-file.db");
        String other = "sqlite:" + folder.resolve("other.db");
        String file = file("m.properties", "store=" + store + "\n");

        assertThat(CommandRun.of("--config", file, "enqueue", "k", "1").code()).isZero();
        assertThat(CommandRun.of("enqueue", "k", "1", "--config", file, "--store", other)
                        .code())
                .isZero();

        assertThat(CommandRun.of("list", "--json", "--store", store).jsonLines())
                .hasSize(1);
        assertThat(CommandRun.of("list", "--json", "--store", other).jsonLines())
                .hasSize(1);
    }

    @Test
    void limits_of_kinds_and_queues_come_from_options_and_from_the_file() throws Exception {
        String store = "sqlite:" + folder.resolve("jobs.db");
        String file = file("m.yaml", "worker:\n  queue-concurrency: [default=1, mail=2]\n");
        CommandRun.of("enqueue", "k", "1", "--store", store);
        String[] worker = {"worker", "--store", store, "--config", file, "--exec", "k=cat", "--drain"};

        assertThat(run(worker, "--kind-concurrency", "k=1", "--queue-concurrency=a=1,b=2")
                        .line())
                .isEqualTo("1");

        for (String[] wrong : new String[][] {{"k=x"}, {"k=0"}, {"k"}, {"kk=1"}}) {
            CommandRun run = run(worker, "--kind-concurrency", wrong[0]);
            assertThat(run.code()).as(wrong[0]).isEqualTo(2);
            assertThat(run.err().strip().lines()).as(run.err()).hasSize(1);
        }
        assertThat(run(worker, "--kind-concurrency", "kk=1").err()).contains("did you mean \"k\"?");
        assertThat(run(worker, "--queues", "mail").err()).contains("queue \"default\" is limited");
    }

    private static CommandRun run(String[] command, String... more) {
        return CommandRun.of(Stream.concat(Stream.of(command), Stream.of(more)).toArray(String[]::new));
    }

    @Test
    void a_worker_takes_its_options_from_the_file() throws Exception {
        String store = "sqlite:" + folder.resolve("jobs.db");
        String file = file("m.properties", "store=" + store + "\nworker.name=from-file\nworker.queues=a,b\n");
        CommandRun.of("enqueue", "k", "1", "--queue", "a", "--config", file);
        CommandRun.of("enqueue", "k", "1", "--queue", "c", "--config", file);

        CommandRun worker = CommandRun.of("worker", "--exec", "k=cat", "--drain", "--config", file);
        CommandRun named = CommandRun.of("worker", "--exec", "k=cat", "--drain", "--name", "x", "--config", file);

        assertThat(worker.line()).as(worker.err()).isEqualTo("1");
        assertThat(worker.err()).contains("worker from-file works on").contains("queues a, b");
        assertThat(named.err()).contains("worker x works on");
    }

    @Test
    void a_wrong_setting_is_wrong_usage_and_one_line() throws Exception {
        String unknown = file("m.properties", "worker.concurency=3\n");
        String wrong = file("n.properties", "worker.lease=soon\n");

        for (String[] arguments : new String[][] {
            {"settings", "--config", unknown},
            {"worker", "--exec=k=cat", "--drain", "--config", unknown},
            {"worker", "--exec=k=cat", "--drain", "--config", wrong},
            {"list", "--config", wrong},
        }) {
            CommandRun run = CommandRun.of(arguments);
            assertThat(run.code()).as("%s", (Object) arguments).isEqualTo(2);
            assertThat(run.err().strip().lines())
                    .as("%s: %s", arguments, run.err())
                    .hasSize(1);
        }
        assertThat(CommandRun.of("list", "--config", unknown).err()).contains("did you mean \"worker.concurrency\"?");
        CommandRun missing = CommandRun.of(
                "list", "--config", folder.resolve("none.properties").toString());
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.err().strip().lines()).hasSize(1);
    }

    @Test
    void the_page_of_settings_is_what_the_code_says() throws Exception {
        String page = Files.readString(Path.of("..", "docs", "settings.md"));

        assertThat(page)
                .as("docs/settings.md holds what `millrace settings --markdown` prints")
                .contains(CommandRun.of("settings", "--markdown").out());
    }
}
