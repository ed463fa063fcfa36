package dev.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.spi.Retention;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    @TempDir
    Path folder;

    private Path file(String name, String... lines) throws IOException {
        return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
    }

    private static String text(Settings settings, String name) {
        return settings.value(name).orElseThrow().text();
    }

    @Test
    void properties_and_yaml_say_the_same() throws Exception {
        Path properties = file(
                "a.properties",
                "store = memory:",
                "worker.queues = mail, default",
                "worker.concurrency = 3",
                "retention.failed=2d");
        Path yaml = file(
                "a.yaml",
                "store: 'memory:'",
                "worker:",
                "  queues: [mail, default]",
                "  concurrency: 3",
                "  name:",
                "retention:",
                "  failed: 2d");

        Settings one = Settings.load(properties, Map.of());
        Settings other = Settings.load(yaml, Map.of());

        for (Settings settings : new Settings[] {one, other}) {
            assertThat(text(settings, "store")).isEqualTo("memory:");
            assertThat(settings.list("worker.queues")).containsExactly("mail", "default");
            assertThat(settings.number("worker.concurrency")).contains(3L);
            assertThat(settings.time("retention.failed")).contains(Duration.ofDays(2));
            assertThat(settings.retention()).isEqualTo(Retention.DEFAULT.keepFailed(Duration.ofDays(2)));
            assertThat(settings.value("worker.name")).isEmpty();
        }
    }

    @Test
    void the_environment_wins_over_the_file_and_each_value_knows_its_source() throws Exception {
        Path file = file("a.properties", "worker.concurrency=3", "worker.lease=40s");

        Settings settings =
                Settings.load(file, Map.of("MILLRACE_WORKER_CONCURRENCY", " 5 ", "MILLRACE_WORKER_PORT", "tcp://x"));

        assertThat(settings.value("worker.concurrency"))
                .contains(new Settings.Value("5", "MILLRACE_WORKER_CONCURRENCY"));
        assertThat(settings.value("worker.lease")).contains(new Settings.Value("40s", file.toString()));
    }

    @Test
    void the_environment_may_name_the_file() throws Exception {
        Path file = file("b.yml", "store: memory:x");

        assertThat(text(Settings.load(null, Map.of("MILLRACE_CONFIG", file.toString())), "store"))
                .isEqualTo("memory:x");
    }

    @Test
    void an_unknown_name_is_refused_with_the_nearest_known_one() throws Exception {
        Path file = file("a.properties", "worker.concurency=3");

        assertThatThrownBy(() -> Settings.load(file, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"worker.concurency\" in " + file)
                .hasMessageContaining("did you mean \"worker.concurrency\"?");
    }

    @ParameterizedTest
    @CsvSource({
        "worker.concurrency, many, whole number",
        "worker.lease, 30, no length of time",
        "worker.virtual-threads, maybe, true or false",
        "worker.kind-concurrency, mail, names with whole numbers",
        "worker.queue-concurrency, mail=four, names with whole numbers",
        "store, jobs.db, not a store's address",
    })
    void a_wrong_value_is_refused_at_once_and_says_where_it_stands(String name, String value, String why) {
        String variable = "MILLRACE_" + name.toUpperCase(java.util.Locale.ROOT).replaceAll("[.-]", "_");

        assertThatThrownBy(() -> Settings.load(null, Map.of(variable, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(variable)
                .hasMessageContaining(why);
    }

    @Test
    void a_file_that_cannot_be_read_is_said_by_name() throws Exception {
        assertThatThrownBy(() -> Settings.load(folder.resolve("none.properties"), Map.of()))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("none.properties");
        Path list = file("list.yaml", "- a");
        assertThatThrownBy(() -> Settings.load(list, Map.of()))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("list.yaml")
                .hasMessageContaining("no names with values");
        Path broken = file("broken.yaml", "a: [");
        assertThatThrownBy(() -> Settings.load(broken, Map.of())).hasMessageContaining("broken.yaml");
        assertThat(Settings.load(file("empty.yaml", ""), Map.of()).value("store"))
                .isEmpty();
    }

    @Test
    void what_is_set_reaches_the_store_and_the_worker() {
        Settings settings = Settings.of(Map.of(
                "store", "memory:",
                "payload.max-bytes", "5",
                "worker.concurrency", "2",
                "worker.kind-concurrency", "k=1",
                "worker.queue-concurrency", "mail = 4, a=b=2",
                "worker.name", "w",
                "worker.lease", "1m"));
        JobType<String, Void> type = JobType.of("k", String.class);

        try (Millrace millrace = settings.open();
                Worker worker = settings.worker(millrace)
                        .handle(type, (text, job) -> {})
                        .start()) {
            assertThat(worker.name()).isEqualTo("w");
            assertThat(millrace.stats().workers().get(0).status())
                    .contains("\"concurrency\":2", "{\"k\":1}", "{\"a=b\":2,\"mail\":4}");
            assertThatThrownBy(() -> millrace.enqueue(type, "too long")).hasMessageContaining("at most 5");
        }
    }

    @Test
    void a_value_out_of_range_is_refused_by_what_takes_it() {
        Settings settings = Settings.of(Map.of("store", "memory:", "worker.concurrency", "99999999999"));
        try (Millrace millrace = settings.open()) {
            assertThat(settings.worker(millrace)).isNotNull();
        }
        try (Millrace millrace = Settings.of(Map.of("store", "memory:")).open()) {
            assertThatThrownBy(
                            () -> Settings.of(Map.of("worker.concurrency", "0")).worker(millrace))
                    .hasMessageContaining("concurrency is 0: give 1 or more");
            assertThatThrownBy(() -> Settings.of(Map.of("worker.kind-concurrency", "k=0"))
                            .worker(millrace))
                    .hasMessageContaining("concurrency of kind k is 0: give 1 or more");
        }
    }

    @Test
    void a_program_without_a_store_is_told_how_to_name_one_and_no_value_is_printed() {
        assertThatThrownBy(() -> Settings.of(Map.of()).open()).hasMessageContaining("MILLRACE_STORE");
        assertThat(Settings.of(Map.of("store", "redis://u:hunter2@h")).toString())
                .contains("store")
                .doesNotContain("hunter2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgresql//u:hunter2@h/db", "redis://h?password=hunter2%zz", "//u:hunter2@h"})
    void an_address_that_is_none_is_refused_without_its_password(String address) {
        assertThatThrownBy(() -> Settings.load(null, Map.of("MILLRACE_STORE", address)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("store in MILLRACE_STORE")
                .message()
                .doesNotContain("hunter2");
    }
}
