package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.Handles;
import dev.millrace.JobContext;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.WorkerBuilder;
import dev.millrace.testkit.contract.StoreFixture.Order;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which jobs a worker takes, in which order, and which handler gets them. */
abstract class QueueRules extends WorkerPart {
    private final List<String> ran = Collections.synchronizedList(new ArrayList<>());

    private WorkerBuilder recording() {
        return recording(worker());
    }

    private WorkerBuilder recording(WorkerBuilder builder) {
        return builder.concurrency(1).handle(ECHO, (text, job) -> {
            ran.add(text);
            return text;
        });
    }

    private void enqueue(String text, String queue, int priority) {
        millrace.enqueue(ECHO.with(text).queue(queue).priority(priority));
    }

    @Test
    void queues_are_served_in_strict_order_whatever_the_priority() {
        enqueue("d1", "default", 100);
        enqueue("c1", "critical", 0);
        enqueue("d2", "default", 100);
        enqueue("c2", "critical", 0);

        build(recording().queues("critical", "default")).drain();

        assertThat(ran).hasSize(4);
        assertThat(ran.subList(0, 2)).containsExactlyInAnyOrder("c1", "c2");
    }

    @Test
    void a_queue_that_is_not_named_is_not_served() {
        enqueue("mail", "mail", 0);
        enqueue("default", "default", 0);

        assertThat(build(recording().queues("mail")).drain()).isEqualTo(1);

        assertThat(ran).containsExactly("mail");
    }

    @Test
    void a_worker_that_names_no_queue_serves_all_there_are() {
        enqueue("mail", "mail", 0);
        enqueue("default", "default", 0);
        Worker worker = build(recording());

        assertThat(worker.drain()).isEqualTo(2);
        enqueue("new", "a queue that is new", 0);
        assertThat(worker.drain()).isEqualTo(1);
    }

    @Test
    void jobs_below_the_least_priority_are_left_alone() {
        enqueue("low", "default", -1);
        enqueue("plain", "default", 0);
        enqueue("high", "default", 5);

        assertThat(build(recording().minPriority(0)).drain()).isEqualTo(2);

        assertThat(ran).containsExactly("high", "plain");
        assertThat(build(recording()).drain()).isEqualTo(1);
    }

    @Test
    void higher_priorities_come_first() {
        enqueue("low", "default", -10);
        enqueue("plain", "default", 0);
        enqueue("high", "default", 10);
        start(recording());

        until("all ran", () -> ran.size() == 3);

        assertThat(ran).containsExactly("high", "plain", "low");
    }

    @Test
    void equal_priorities_come_in_order_of_arrival_where_the_store_promises_it() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            texts.add("text " + i);
            enqueue("text " + i, "default", 0);
        }

        build(recording()).drain();

        if (fixture.order() == Order.EXACT) {
            assertThat(ran).isEqualTo(texts);
        } else {
            assertThat(ran).containsExactlyInAnyOrderElementsOf(texts);
        }
    }

    @Test
    void a_paused_queue_is_not_served_until_it_is_resumed() throws Exception {
        millrace.queue("mail").pause();
        JobHandle<String> paused = millrace.enqueue(ECHO.with("mail").queue("mail"));
        JobHandle<String> other = millrace.enqueue(ECHO, "default");
        start(recording());

        other.await(PATIENCE);
        assertThat(paused.state()).isEqualTo(JobState.READY);
        assertThat(millrace.queue("mail").paused()).isTrue();
        assertThat(millrace.queue("default").paused()).isFalse();
        millrace.queue("mail").resume();

        assertThat(paused.await(PATIENCE)).isEqualTo("mail");
        assertThat(millrace.queue("mail").paused()).isFalse();
    }

    @Test
    void a_pause_reaches_a_worker_at_work_elsewhere_and_so_does_its_end() throws Exception {
        Millrace elsewhere = another();
        Worker worker = start(recording());
        millrace.enqueue(ECHO.with("first").queue("mail")).await(PATIENCE);

        elsewhere.queue("mail").pause();
        awaitBeats(2);
        JobHandle<String> paused = elsewhere.enqueue(ECHO.with("mail").queue("mail"));
        elsewhere.enqueue(ECHO, "default").await(PATIENCE);
        assertThat(paused.state()).isEqualTo(JobState.READY);
        assertThat(worker.awaitIdle(PATIENCE)).isTrue();
        elsewhere.queue("mail").resume();

        assertThat(paused.await(PATIENCE)).isEqualTo("mail");
    }

    @Test
    void pausing_twice_and_resuming_twice_is_as_once() {
        millrace.queue("mail").pause();
        millrace.queue("mail").pause();
        millrace.queue("mail").resume();
        assertThat(millrace.queue("mail").paused()).isFalse();

        millrace.queue("mail").resume();
        assertThat(millrace.queue("mail").paused()).isFalse();
    }

    @Test
    void a_resume_wakes_a_worker_that_would_beat_only_much_later() throws Exception {
        millrace.queue("mail").pause();
        JobHandle<String> paused = millrace.enqueue(ECHO.with("mail").queue("mail"));
        start(recording(slowToBeat()));
        millrace.enqueue(ECHO, "default").await(PATIENCE);

        millrace.queue("mail").resume();

        assertThat(paused.await(Duration.ofSeconds(5))).isEqualTo("mail");
    }

    static final class Annotated {
        @Handles("echo")
        String shout(String text) {
            return text + "!";
        }

        @Handles("work")
        @SuppressWarnings("UnusedMethod") // found by its annotation
        private Integer add(JobContext job, Integer number) {
            return number + job.attempt();
        }
    }

    @Test
    void annotated_methods_handle_their_kinds() throws Exception {
        start(worker().handlers(new Annotated()));

        assertThat(millrace.enqueue(ECHO, "hello").await(PATIENCE)).isEqualTo("hello!");
        assertThat(millrace.enqueue(WORK, 7).await(PATIENCE)).isEqualTo(8);
    }

    static int square(int number) {
        return number * number;
    }

    @Test
    void a_type_made_of_a_method_brings_its_handler() throws Exception {
        JobType<Integer, Integer> type = JobType.of("square", QueueRules::square);
        start(worker().handle(type));

        assertThat(millrace.enqueue(type, 12).await(PATIENCE)).isEqualTo(144);
    }

    @Test
    void a_worker_needs_a_handler_and_one_per_kind() {
        assertThatThrownBy(() -> worker().build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no handler");
        assertThatThrownBy(() -> recording().handle(ECHO, (text, job) -> text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two handlers");
        assertThatThrownBy(() -> worker().handle(ECHO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> worker().handlers("no handlers in here"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("@Handles");
    }
}
