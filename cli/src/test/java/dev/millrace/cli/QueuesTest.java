package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.spi.SessionOpening;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** queues, pause and resume. */
class QueuesTest {
    @TempDir
    Path folder;

    private String store;

    @BeforeEach
    void fill() {
        store = "sqlite:" + folder.resolve("jobs.db");
        run("enqueue", "letter", "1", "--queue", "mail");
        run("enqueue", "parcel", "1", "--queue", "mail");
        run("enqueue", "report", "1", "--in", "1h");
    }

    private CommandRun run(String... arguments) {
        return CommandRun.of(
                Stream.concat(Stream.of(arguments), Stream.of("--store", store)).toArray(String[]::new));
    }

    @Test
    void queues_are_listed_with_what_is_in_them() {
        CommandRun table = run("queues");
        assertThat(table.code()).isZero();
        assertThat(table.out().lines()).hasSize(3).allMatch(line -> line.length() <= 80);
        assertThat(table.out()).contains("QUEUE", "READY", "JOBS/S", "OLDEST", "mail", "default");

        List<JsonNode> queues = run("queues", "--json").jsonLines();
        assertThat(queues).extracting(queue -> queue.path("name").asString()).containsExactly("default", "mail");
        assertThat(queues.get(1).path("jobs").path("ready").asInt()).isEqualTo(2);
        assertThat(queues.get(1).path("paused").asBoolean(true)).isFalse();
        assertThat(queues.get(1).path("oldestWaitingMillis").isNumber()).isTrue();
        assertThat(queues.get(1).path("work").path("perSecond").isNumber()).isTrue();
    }

    @Test
    void one_is_shown_in_detail_with_kinds_that_nobody_handles() {
        CommandRun detail = run("queues", "mail");

        assertThat(detail.code()).isZero();
        assertThat(detail.out())
                .contains("oldest waits", "letter: 1, and no worker handles it", "parcel: 1", "workers", "none");
        assertThat(run("queues", "mail", "--json").json().path("readyKinds").toString())
                .isEqualTo("{\"letter\":1,\"parcel\":1}");
    }

    private void worker(String name, String status) {
        try (Millrace millrace = Millrace.open(store)) {
            millrace.store().openSession(new SessionOpening(UUID.randomUUID(), name, status));
        }
    }

    @Test
    void a_kind_is_handled_if_a_worker_that_lives_serves_the_queue() throws Exception {
        worker("elsewhere", "{\"kinds\":[\"letter\",\"parcel\"],\"queues\":[\"other\"]}");
        worker("dead", "{\"kinds\":[\"letter\",\"parcel\"],\"queues\":[],\"leaseMillis\":0}");
        worker("here", "{\"kinds\":[\"letter\"],\"queues\":[\"mail\"]}");
        Eventually.holds("the dead one is silent", () -> run("health").out().contains("worker dead was not heard of"));

        CommandRun detail = run("queues", "mail");

        assertThat(detail.out()).contains("parcel: 1, and no worker handles it").doesNotContain("letter: 1, and");
        assertThat(run("queues", "mail", "--json").json().path("workers").toString())
                .isEqualTo("[\"here\"]");
        assertThat(run("health").out())
                .contains("1 READY job of kind parcel in queue mail")
                .doesNotContain("kind letter");
    }

    @Test
    void one_that_is_not_there_is_an_error_that_names_those_that_are() {
        CommandRun run = run("queues", "mial");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains("\"mial\"").contains("default, mail");
    }

    @Test
    void a_queue_is_paused_and_resumed() {
        assertThat(run("pause", "mail").line()).isEqualTo("mail paused");
        assertThat(run("queues").out()).contains("mail (paused)");
        assertThat(run("queues", "mail").out()).contains("millrace resume mail");
        assertThat(run("pause", "mail").line()).isEqualTo("mail was paused already");
        assertThat(run("worker", "--exec", "letter=true", "--drain").line()).isEqualTo("0");

        assertThat(run("resume", "mail", "--json").json().toString())
                .isEqualTo("{\"queue\":\"mail\",\"paused\":false,\"changed\":true}");
        assertThat(run("resume", "mail").line()).isEqualTo("mail was not paused");
        assertThat(run("worker", "--exec", "letter=true", "--drain").line()).isEqualTo("1");
    }

    @Test
    void pausing_a_queue_that_never_had_a_job_works_and_says_so() {
        CommandRun run = run("pause", "mail", "mial");

        assertThat(run.code()).isZero();
        assertThat(run.out().lines()).containsExactly("mail paused", "mial paused");
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains("\"mial\"");
    }

    @Test
    void what_is_set_for_a_queue_is_seen_before_its_first_job() {
        run("queues", "set", "later", "--rate", "100/1m", "--group", "customer=2");

        assertThat(run("queues").out()).contains("later");
        assertThat(run("queues", "--json").jsonLines())
                .filteredOn(queue -> queue.has("limits"))
                .singleElement()
                .satisfies(queue -> {
                    assertThat(queue.path("name").asString()).isEqualTo("later");
                    assertThat(queue.at("/limits/rate/permits").asInt()).isEqualTo(100);
                });
        assertThat(run("stats", "--json").json().findValues("limits")).hasSize(1);
        assertThat(run("queues", "later").out()).contains("100 per 1 min (burst 10), customer: 2 at once");
        assertThat(run("queues", "later", "--json")
                        .json()
                        .at("/limits/groups/customer")
                        .isMissingNode())
                .isFalse();
        run("queues", "set", "later", "--rate", "off", "--group", "customer=off");
        assertThat(run("queues", "later").code()).isEqualTo(1);
    }

    @Test
    void a_limit_that_is_none_is_told_with_its_option_and_group() {
        assertWrong("--group customer=-1: ", "--group", "customer=-1");
        assertWrong("--group-rate customer=1/x: \"x\" is no length", "--group-rate", "customer=1/x");
        assertWrong("--rate 5: \"5\" is no rate", "--rate", "5");
        assertWrong("a rate of -5 per 1 min with a burst of 1", "--rate", "-5/1m");
        assertWrong("a rate of 5000 per 1 ms is more than", "--rate", "5000/1ms");
        assertWrong("Value for option '--group' (GROUP=N)", "--group", "customer");
    }

    private void assertWrong(String reason, String option, String value) {
        CommandRun run = run("queues", "set", "mail", option, value);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains(reason);
    }

    @Test
    void pause_wants_a_queue_and_a_store_that_is_there() {
        assertThat(run("pause").code()).isEqualTo(2);
        assertThat(run("resume").code()).isEqualTo(2);
        assertThat(CommandRun.of("pause", "q", "--store", "sqlite:" + folder.resolve("none.db"))
                        .code())
                .isEqualTo(1);
    }
}
