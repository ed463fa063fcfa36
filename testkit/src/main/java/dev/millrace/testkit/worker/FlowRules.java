package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.millrace.Enqueued;
import dev.millrace.Handler;
import dev.millrace.JobHandle;
import dev.millrace.JobRequest;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.QueueHandle;
import dev.millrace.RetryPolicy;
import dev.millrace.Unique;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.spi.Rate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Groups, rates and unique jobs, as an application and its workers see them. */
abstract class FlowRules extends WorkerPart {
    private static final int SPINS = 10_000;

    private final List<String> ran = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, AtomicInteger> running = new ConcurrentHashMap<>();
    private final Map<String, Integer> most = new ConcurrentHashMap<>();

    /** Notes how many of a key (the text before the blank) run at once. */
    private final Handler<String, String> watched = (text, job) -> {
        String key = text.substring(0, text.indexOf(' '));
        int now = running.computeIfAbsent(key, any -> new AtomicInteger()).incrementAndGet();
        most.merge(key, now, Math::max);
        ran.add(text);
        for (int i = 0; i < SPINS; i++) {
            Thread.onSpinWait(); // so that another has a chance to be where it must not
        }
        running.get(key).decrementAndGet();
        return text;
    };

    private static List<JobRequest<String>> jobsOf(String key, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> ECHO.with(key + " " + i).group("customer", key))
                .toList();
    }

    private static void awaitAll(List<JobHandle<String>> handles) throws InterruptedException {
        for (JobHandle<String> handle : handles) {
            handle.await(PATIENCE);
        }
    }

    @Test
    void no_more_jobs_of_a_key_run_at_once_than_its_limit_on_all_workers_together() throws InterruptedException {
        millrace.queue("default").limitGroup("customer", 2);
        start(worker().concurrency(4).handle(ECHO, watched));
        start(hasty(another()).concurrency(4).handle(ECHO, watched));

        List<JobHandle<String>> handles = new ArrayList<>(millrace.enqueueAll(jobsOf("seven", 20)));
        handles.addAll(millrace.enqueueAll(jobsOf("eight", 20)));
        awaitAll(handles);

        assertThat(most.values()).allMatch(count -> count <= 2);
        assertThat(ran).hasSize(40);
    }

    @Test
    void jobs_of_a_serial_key_run_one_after_the_other_in_order() throws InterruptedException {
        start(worker().concurrency(8).handle(ECHO, watched));

        List<String> texts = IntStream.range(0, 20).mapToObj(i -> "serial " + i).toList();
        awaitAll(millrace.enqueueAll(
                texts.stream().map(text -> ECHO.with(text).serial("k")).toList()));

        assertThat(ran).isEqualTo(texts);
        assertThat(most).containsEntry("serial", 1);
    }

    @Test
    void a_strict_serial_key_is_held_while_its_head_waits_for_a_retry() throws InterruptedException {
        AtomicInteger failures = new AtomicInteger(1);
        RetryPolicy soon = RetryPolicy.fixed(Duration.ofMillis(20)).attempts(3);
        JobHandle<String> first =
                millrace.enqueue(ECHO.with("first").strictSerial("k").retry(soon));
        JobHandle<String> second = millrace.enqueue(ECHO.with("second").strictSerial("k"));

        start(worker().concurrency(4).handle(ECHO, (text, job) -> {
            if (text.equals("first") && failures.getAndDecrement() > 0) {
                throw new IllegalStateException("not yet");
            }
            ran.add(text);
            return text;
        }));
        awaitAll(List.of(first, second));

        assertThat(ran).containsExactly("first", "second");
    }

    @Test
    void a_queue_starts_no_more_than_its_rate_lets_it() {
        QueueHandle mail = millrace.queue("mail");
        mail.limitRate(3, Duration.ofHours(1), 3);
        IntStream.range(0, 5)
                .forEach(i -> millrace.enqueue(ECHO.with("mail " + i).queue("mail")));
        millrace.enqueue(ECHO.with("other"));

        assertThat(build(worker().concurrency(1).handle(ECHO, (text, job) -> text))
                        .drain())
                .isEqualTo(4);
        assertThat(count(JobState.READY)).isEqualTo(2);

        mail.unlimitRate();
        assertThat(build(worker().concurrency(1).handle(ECHO, (text, job) -> text))
                        .drain())
                .isEqualTo(2);
    }

    @Test
    void limits_are_set_for_every_process_and_can_be_taken_back() {
        QueueHandle mail = millrace.queue("mail");
        mail.limitRate(100, Duration.ofMinutes(1));
        mail.limitGroup("customer", 2);
        mail.limitGroupRate("customer", 5, Duration.ofSeconds(1), 2);
        mail.fair();

        QueueLimits limits = another().queue("mail").limits();
        assertThat(limits.rate()).isEqualTo(new Rate(100, Duration.ofMinutes(1), 10));
        assertThat(limits.fair()).isEqualTo(QueueHandle.FAIR_SHARE);
        assertThat(limits.groups())
                .containsOnly(Map.entry("customer", new GroupLimits(2, new Rate(5, Duration.ofSeconds(1), 2))));

        mail.unlimitRate();
        mail.unlimitGroup("customer");
        mail.unfair();
        assertThat(another().queue("mail").limits()).isEqualTo(QueueLimits.NONE);
        assertThatIllegalArgumentException().isThrownBy(() -> mail.limitGroup("serial", 2));
        assertThatIllegalArgumentException().isThrownBy(() -> mail.limitRate(0, SECOND));
    }

    @Test
    void a_limit_that_is_raised_lets_more_of_a_key_run() throws InterruptedException {
        millrace.queue("default").limitGroup("customer", 1);
        Gate gate = new Gate();
        start(worker().concurrency(4).handle(ECHO, (text, job) -> {
            gate.pass();
            return text;
        }));
        List<JobHandle<String>> handles = millrace.enqueueAll(jobsOf("seven", 3));
        gate.awaitArrivals(1);

        millrace.queue("default").limitGroup("customer", 3);
        gate.awaitArrivals(2);
        gate.open();
        awaitAll(handles);
    }

    @Test
    void a_job_that_replaces_one_that_waits_gives_it_its_payload_and_time() throws InterruptedException {
        Unique rule = Unique.key("report").replace();
        JobHandle<String> first = millrace.enqueue(ECHO.with("old").unique(rule).in(Duration.ofDays(1)));
        JobHandle<String> second =
                millrace.enqueue(ECHO.with("new").unique(rule).priority(7));

        assertThat(first.enqueued()).isEqualTo(Enqueued.NEW);
        assertThat(second.enqueued()).isEqualTo(Enqueued.REPLACED);
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(first.info().priority()).isEqualTo(7);
        start(worker().handle(ECHO, (text, job) -> text));
        assertThat(first.await(PATIENCE)).isEqualTo("new");
    }

    @Test
    void a_replacement_that_keeps_the_due_time_waits_as_long_as_the_first() {
        Unique rule = Unique.key("report").replaceKeepDue();
        JobHandle<String> first = millrace.enqueue(ECHO.with("old").unique(rule).in(Duration.ofDays(1)));
        var due = first.info().dueAt();
        millrace.enqueue(ECHO.with("new").unique(rule));

        assertThat(first.info().state()).isEqualTo(JobState.SCHEDULED);
        assertThat(first.info().dueAt()).isEqualTo(due);
    }

    @Test
    void a_debounced_job_is_due_after_the_last_call() {
        Unique rule = Unique.key("index").debounce(Duration.ofHours(1));
        JobHandle<String> first = millrace.enqueue(ECHO.with("one").unique(rule));
        var due = first.info().dueAt();
        JobHandle<String> second = millrace.enqueue(ECHO.with("two").unique(rule));

        assertThat(second.enqueued()).isEqualTo(Enqueued.REPLACED);
        assertThat(first.info().state()).isEqualTo(JobState.SCHEDULED);
        assertThat(first.info().dueAt()).isAfter(due);
    }

    @Test
    void a_throttled_key_stays_taken_after_the_end() throws InterruptedException {
        Unique rule = Unique.payload().throttle(Duration.ofHours(1));
        start(worker().handle(ECHO, (text, job) -> text));
        JobHandle<String> first = millrace.enqueue(ECHO.with("same").unique(rule));
        first.await(PATIENCE);

        JobHandle<String> again = millrace.enqueue(ECHO.with("same").unique(rule));
        assertThat(again.enqueued()).isEqualTo(Enqueued.DUPLICATE);
        assertThat(again.id()).isEqualTo(first.id());
        assertThat(millrace.enqueue(ECHO.with("other").unique(rule)).enqueued()).isEqualTo(Enqueued.NEW);
    }

    @Test
    void a_replacement_of_a_running_job_is_the_next_one() throws InterruptedException {
        Unique rule = Unique.key("sync").replace();
        Gate gate = new Gate();
        start(worker().concurrency(1).handle(ECHO, (text, job) -> {
            gate.pass();
            return text;
        }));
        JobHandle<String> first = millrace.enqueue(ECHO.with("first").unique(rule));
        gate.awaitArrivals(1);

        JobHandle<String> next = millrace.enqueue(ECHO.with("second").unique(rule));
        JobHandle<String> last = millrace.enqueue(ECHO.with("third").unique(rule));
        assertThat(next.enqueued()).isEqualTo(Enqueued.NEW);
        assertThat(last.enqueued()).isEqualTo(Enqueued.REPLACED);
        gate.open();
        assertThat(first.await(PATIENCE)).isEqualTo("first");
        assertThat(next.await(PATIENCE)).isEqualTo("third");
    }

    @Test
    void keys_of_a_fair_queue_take_turns() throws InterruptedException {
        Millrace tenant = another();
        millrace.queue("default").fair(2);
        millrace.enqueueAll(jobsOf("big", 50));
        List<JobHandle<String>> small = tenant.enqueueAll(jobsOf("small", 2));

        start(worker().concurrency(1).handle(ECHO, watched));
        awaitAll(small);

        assertThat(ran.indexOf("small 1"))
                .as("place of the second tenant's last job in %s", ran)
                .isLessThan(10);
    }
}
