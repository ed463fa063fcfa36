package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.RetryPolicy;
import dev.millrace.Worker;
import dev.millrace.Workflow;
import dev.millrace.WorkflowHandle;
import dev.millrace.spi.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Workflows from the shell. */
class WorkflowCommandTest {
    private static final JobType<Integer, Integer> WORK = JobType.of("work", Integer.class, Integer.class);
    private static final String ETL = """
            {"name": "etl", "jobs": [
              {"name": "one", "kind": "work", "payload": 1, "queue": "slow", "tags": ["t"], "meta": {"a": "b"}},
              {"kind": "work", "payload": 2, "attempts": 1},
              {"name": "sum", "kind": "work", "payload": 3, "after": ["one", "work-2"], "in": "0s"},
              {"name": "alert", "kind": "work", "payload": 4, "afterFailure": ["sum"], "priority": 7},
              {"name": "end", "kind": "work", "payload": 5, "afterEither": ["sum"]}]}
            """;

    @TempDir
    Path folder;

    private String store;

    @BeforeEach
    void place() {
        store = "sqlite:" + folder.resolve("jobs.db");
    }

    private CommandRun run(String... arguments) {
        return CommandRun.of(
                Stream.concat(Stream.of(arguments), Stream.of("--store", store)).toArray(String[]::new));
    }

    private CommandRun submit(String text, String... more) throws IOException {
        Path file = Files.writeString(folder.resolve("etl.json"), text);
        return run(Stream.concat(Stream.of("workflow", "submit", file.toString()), Stream.of(more))
                .toArray(String[]::new));
    }

    /** Runs what is due; numbers below zero fail. */
    private void drain() {
        try (Millrace millrace = Millrace.open(store);
                Worker worker = millrace.worker()
                        .handle(WORK, (number, job) -> {
                            if (number < 0) {
                                throw new IllegalStateException("below zero");
                            }
                            return number;
                        })
                        .build()) {
            worker.drain();
        }
    }

    @Test
    void a_file_is_submitted_shown_listed_and_run() throws Exception {
        CommandRun submitted = submit(ETL);
        String id = submitted.line();

        assertThat(submitted.code()).isZero();
        JsonNode before = run("workflow", "show", id, "--json").json();
        assertThat(before.path("state").asString()).isEqualTo("running");
        assertThat(before.path("jobs").findValuesAsString("name"))
                .containsExactly("one", "work-2", "sum", "alert", "end");
        assertThat(before.at("/jobs/2/after").toString()).isEqualTo("[\"one\",\"work-2\"]");
        assertThat(before.at("/jobs/2/why").asString()).isEqualTo("waits for 2 of 2");
        assertThat(before.at("/jobs/3/afterFailure").toString()).isEqualTo("[\"sum\"]");
        assertThat(before.at("/jobs/4/afterEither").toString()).isEqualTo("[\"sum\"]");
        assertThat(before.at("/jobs/0/queue").asString()).isEqualTo("slow");

        drain();

        JsonNode after = run("workflow", "list", "--json").json();
        assertThat(after.path("id").asString()).isEqualTo(id);
        assertThat(after.path("state").asString()).isEqualTo("succeeded");
        assertThat(after.at("/counts/succeeded").asInt()).isEqualTo(4);
        assertThat(after.at("/counts/notNeeded").asInt()).isEqualTo(1);
        CommandRun list = run("workflow", "list");
        assertThat(list.out().lines()).hasSize(2).allMatch(line -> line.length() <= 80);
        assertThat(list.out()).contains("succeeded", "etl", id.substring(28));
    }

    @Test
    void jobs_of_a_file_are_in_their_groups() throws IOException {
        submit("""
                {"name": "grouped", "jobs": [
                  {"name": "text", "kind": "work", "group": "customer=7"},
                  {"name": "object", "kind": "work", "group": {"customer": "7"}},
                  {"name": "serial", "kind": "work", "serial": "k"},
                  {"name": "strict", "kind": "work", "strictSerial": "k"}]}
                """);

        try (Millrace millrace = Millrace.open(store)) {
            WorkflowHandle handle = millrace.workflows().findFirst().orElseThrow();
            assertThat(handle.jobs().map(job -> job.record().spec().keys().group()))
                    .containsExactly(
                            new Keys.Group("customer", "7", false),
                            new Keys.Group("customer", "7", false),
                            new Keys.Group(Keys.Group.SERIAL, "k", false),
                            new Keys.Group(Keys.Group.SERIAL, "k", true));
        }
    }

    @Test
    void the_input_can_be_read_and_the_command_repeated() {
        String id = UUID.randomUUID().toString();
        String[] command = {"workflow", "submit", "-", "--id", id, "--json", "--store", store};

        JsonNode first = CommandRun.withInput(ETL, command).json();
        JsonNode second = CommandRun.withInput(ETL, command).json();

        assertThat(first).isEqualTo(second);
        assertThat(first.path("id").asString()).isEqualTo(id);
        assertThat(first.path("jobs").asInt()).isEqualTo(5);
        assertThat(run("workflow", "list", "--json").jsonLines()).hasSize(1);
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of("{\"name\": \"x\",\n \"jobs\": [}", List.of("no JSON", "line 2")),
                Arguments.of("[]", List.of("an array", "an object is expected")),
                Arguments.of("{\"jobs\": [{\"kind\": \"a\"}]}", List.of("name", "missing")),
                Arguments.of("{\"name\": \"x\"}", List.of("jobs", "missing")),
                Arguments.of("{\"name\": \"x\", \"jobs\": []}", List.of("jobs", "no jobs")),
                Arguments.of("{\"name\": \"x\", \"jobs\": [{}]}", List.of("jobs[0].kind", "missing")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"a\", \"afer\": []}]}",
                        List.of("jobs[0]", "\"afer\"", "after")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"a\"}, {\"kind\": \"b\", \"after\": [\"a-1\", \"c\"]}]}",
                        List.of("jobs[1].after[1]", "no job \"c\"")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"a\", \"priority\": \"high\"}]}",
                        List.of("jobs[0].priority", "whole number")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"a\", \"priority\": 5000}]}",
                        List.of("jobs[0].priority", "-1000")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"a\", \"in\": \"soon\"}]}",
                        List.of("jobs[0].in", "soon")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"a\", \"in\": \"1s\", \"at\": \"2030-01-01\"}]}",
                        List.of("jobs[0]", "leave one out")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"a\", \"name\": \"n\"}, {\"kind\": \"b\", \"name\": \"n\"}]}",
                        List.of("jobs[1]", "\"n\"")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"a\", \"after\": [\"b-1\"]}, {\"kind\": \"b\", \"after\": [\"a-1\"]}]}",
                        List.of("a-1 waits for b-1 waits for a-1")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"a\", \"group\": \"customer\"}]}",
                        List.of("jobs[0].group", "customer=7")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"a\", \"group\": {\"a\": \"1\", \"b\": \"2\"}}]}",
                        List.of("jobs[0].group", "one group")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"a\", \"group\": {\"a\": 1}}]}",
                        List.of("jobs[0].group.a", "text")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"a\", \"serial\": \"1\", \"strictSerial\": \"1\"}]}",
                        List.of("jobs[0]", "leave one out")),
                Arguments.of(
                        "{\"name\": \"x\", \"jobs\": [{\"kind\": \"millrace.workflow\"}]}",
                        List.of("jobs[0].kind", "nobody enqueues")));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void a_mistake_is_one_line_that_names_the_place_and_makes_no_store(String text, List<String> told)
            throws IOException {
        CommandRun run = submit(text);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains(told).contains("etl.json");
        assertThat(folder.resolve("jobs.db")).doesNotExist();
    }

    @Test
    void a_workflow_is_drawn_as_a_tree_with_reasons_and_likes_are_one_line() {
        String id;
        try (Millrace millrace = Millrace.open(store)) {
            Workflow workflow = Workflow.named("wide");
            var fan = IntStream.range(0, 100)
                    .mapToObj(i -> workflow.add(WORK.with(i == 7 ? -1 : i).retry(RetryPolicy.none())))
                    .toList();
            var sum = workflow.add(WORK.with(1)).named("sum").after(fan);
            workflow.add(WORK.with(2)).named("next").after(sum);
            workflow.add(WORK.with(3)).named("alert").afterFailure(sum);
            id = millrace.submit(workflow).id().toString();
        }

        List<String> before = run("workflow", "show", id).out().lines().toList();
        drain();
        CommandRun after = run("workflow", "show", id);

        assertThat(before).hasSize(9).allMatch(line -> line.length() <= 80);
        assertThat(before.get(5)).contains("100 × work-1 … work-100", "ready");
        assertThat(before.get(6)).contains("└ sum", "blocked", "waits for 100 of 100");
        assertThat(before.get(7)).contains("  └ next");
        String text = after.out();
        assertThat(text)
                .contains(
                        "failed: 103 of 103 ended, 1 failed, 2 cancelled (parent failed)",
                        "99 × work-1",
                        "IllegalStateException: below",
                        "its failure",
                        "and work-8");
        assertThat(text.lines().filter(line -> line.contains("alert")))
                .first()
                .asString()
                .contains("succeeded");
        assertThat(text).contains("parent failed");
        assertThat(text.lines().count()).isLessThan(12);
    }

    @Test
    void what_is_left_is_cancelled_and_taken_up_again() throws Exception {
        String id = submit(ETL).line();
        String member =
                run("workflow", "show", id, "--json").json().at("/jobs/2/id").asString();

        CommandRun cancelled = run("workflow", "cancel", id);
        assertThat(cancelled.out()).contains("5 jobs cancelled").contains("etl");
        assertThat(run("workflow", "list", "--json").json().path("state").asString())
                .isEqualTo("cancelled");
        assertThat(run("workflow", "cancel", id).out()).contains("nothing to cancel");

        assertThat(run("workflow", "retry", member, "--json")
                        .json()
                        .path("retried")
                        .asInt())
                .isEqualTo(5);
        drain();
        assertThat(run("workflow", "list", "--json").json().path("state").asString())
                .isEqualTo("succeeded");
        assertThat(run("workflow", "retry", id).out()).contains("nothing to retry");
    }

    @Test
    void a_wide_workflow_is_taken_up_again_as_a_whole_without_a_worker() {
        String id;
        try (Millrace millrace = Millrace.open(store)) {
            Workflow workflow = Workflow.named("wide");
            var root = workflow.add(WORK.with(0)).named("root");
            IntStream.range(0, 2_000).forEach(i -> workflow.add(WORK.with(i)).after(root));
            id = millrace.submit(workflow).id().toString();
        }
        assertThat(run("workflow", "cancel", id).out()).contains("2001 jobs cancelled");

        CommandRun retried = run("workflow", "retry", id);

        assertThat(retried.out()).contains("2001 jobs run again");
        assertThat(retried.code()).as(retried.err()).isZero();
        assertThat(run("workflow", "show", id, "--json").json().findValuesAsString("state"))
                .doesNotContain("cancelled");
        assertThat(run("workflow", "retry", id).out()).contains("nothing to retry");
    }

    @Test
    void a_job_that_cannot_run_again_is_told_of_with_its_reason() {
        String id;
        String last;
        try (Millrace millrace = Millrace.open(store)) {
            Workflow workflow = Workflow.named("held");
            var root = workflow.add(WORK.with(1)).named("root");
            workflow.add(WORK.with(2)).named("last").after(root);
            WorkflowHandle handle = millrace.submit(workflow);
            id = handle.id().toString();
            last = handle.job("last").orElseThrow().id().toString();
            UUID parent = handle.job("root").orElseThrow().id();
            millrace.jobs().ids(Set.of(UUID.fromString(last))).cancelAll();
            millrace.jobs().ids(Set.of(parent)).deleteAll();
        }

        CommandRun told = run("workflow", "retry", id);
        CommandRun json = run("workflow", "retry", id, "--json");

        assertThat(told.code()).isEqualTo(1);
        assertThat(told.out()).isEmpty();
        assertThat(told.err().lines()).hasSize(1);
        assertThat(told.err()).contains("1 job was left as before", last, "its parent");
        assertThat(json.code()).isEqualTo(1);
        assertThat(json.json().path("retried").asInt(-1)).isZero();
        assertThat(json.json().path("refused").path(last).asString("")).contains("its parent");
    }

    @Test
    void a_child_that_cannot_run_again_is_told_of_by_its_parents_name() {
        String child;
        String parent;
        try (Millrace millrace = Millrace.open(store)) {
            Workflow workflow = Workflow.named("broken");
            var root = workflow.add(WORK.with(-1).retry(RetryPolicy.none())).named("root");
            workflow.add(WORK.with(2)).named("last").after(root);
            WorkflowHandle handle = millrace.submit(workflow);
            child = handle.job("last").orElseThrow().id().toString();
            parent = handle.job("root").orElseThrow().id().toString();
        }
        drain();

        CommandRun told = run("retry", child);

        assertThat(told.code()).isEqualTo(1);
        assertThat(told.err().lines()).hasSize(1);
        assertThat(told.err()).contains("its parent \"root\" (" + parent + ") did not succeed");
    }

    @Test
    void the_list_counts_all_that_did_not_succeed() {
        try (Millrace millrace = Millrace.open(store)) {
            Workflow workflow = Workflow.named("broken");
            var root = workflow.add(WORK.with(-1).retry(RetryPolicy.none())).named("root");
            workflow.add(WORK.with(2)).named("last").after(root);
            millrace.submit(workflow);
        }
        drain();

        assertThat(run("workflow", "list").out().lines().toList())
                .satisfiesExactly(
                        head -> assertThat(head).contains("UNSUCCESSFUL"),
                        row -> assertThat(row).containsPattern("broken +2 +2 +2 "));
    }

    @Test
    void a_jobs_sheet_tells_its_workflow_and_what_it_waits_for() throws Exception {
        String id = submit(ETL).line();
        String sum =
                run("workflow", "show", id, "--json").json().at("/jobs/2/id").asString();

        String sheet = run("show", sum).out();
        JsonNode json = run("show", sum, "--json").json();
        String head = run("show", id).out();

        assertThat(sheet)
                .contains("etl " + id + ", as sum")
                .contains("0 of 2 ended")
                .contains("one (ready), work-2 (ready)");
        assertThat(json.at("/workflow/job").asString()).isEqualTo("sum");
        assertThat(json.path("parents").findValuesAsString("name")).containsExactly("one", "work-2");
        assertThat(head).contains("0 of 5 ended");
    }

    @Test
    void what_is_no_workflow_is_refused() {
        run("enqueue", "plain", "1", "--id", "0197a3c2-0000-7000-8000-00000000aaaa");

        CommandRun plain = run("workflow", "show", "0000aaaa");
        CommandRun nothing = run("workflow");
        CommandRun reserved = run("enqueue", "millrace.workflow", "1");

        assertThat(plain.code()).isEqualTo(1);
        assertThat(plain.err()).contains("is of no workflow");
        assertThat(nothing.code()).isEqualTo(2);
        assertThat(nothing.err()).contains("submit FILE");
        assertThat(reserved.code()).isEqualTo(2);
        assertThat(run("pause", "millrace.workflows").code()).isEqualTo(2);
        assertThat(run("workflow", "list").err()).contains("no workflows");
    }

    @Test
    void a_program_learns_its_workflow() throws IOException {
        String id = submit("{\"name\": \"x\", \"jobs\": [{\"kind\": \"say\"}]}").line();

        run("worker", "--exec", "say=printenv MILLRACE_WORKFLOW", "--drain");

        assertThat(run("list", "--kind", "say", "--json").json().path("result").asString())
                .isEqualTo(id);
    }

    @Test
    void a_part_that_all_jobs_of_a_workflow_share_means_the_workflow() throws IOException {
        String first = submit(ETL).line();
        String second =
                submit(ETL, "--id", "0197a3c2-0000-7000-8000-00000000aaaa").line();

        assertThat(run("workflow", "show", first.substring(0, 13)).out()).contains(first);
        assertThat(run("workflow", "cancel", "0197a3c2-0000", "--json")
                        .json()
                        .path("id")
                        .asString())
                .isEqualTo(second);
        CommandRun none = run("workflow", "show", "77777777-7777");
        assertThat(none.err()).contains("\"77777777-7777\"").doesNotContain("mode=ro");
    }

    @Test
    void a_workflow_that_was_deleted_is_told_apart_from_its_jobs() throws Exception {
        String id = submit(ETL).line();
        String member =
                run("workflow", "show", id, "--json").json().at("/jobs/0/id").asString();
        try (Millrace millrace = Millrace.open(store)) {
            WorkflowHandle handle = millrace.workflows().findFirst().orElseThrow();
            handle.cancel();
            assertThat(millrace.jobs().ids(Set.of(handle.id())).deleteAll()).isEqualTo(1);
        }

        CommandRun show = run("workflow", "show", member);

        assertThat(show.code()).isEqualTo(1);
        assertThat(show.err()).contains("was deleted", "millrace show " + member);
    }
}
