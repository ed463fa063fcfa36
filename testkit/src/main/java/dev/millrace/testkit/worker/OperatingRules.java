package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.Health;
import dev.millrace.JobHandle;
import dev.millrace.JobInfo;
import dev.millrace.JobQuery;
import dev.millrace.JobState;
import dev.millrace.PermanentFailure;
import dev.millrace.Stats;
import dev.millrace.testkit.ManualClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What operators see and do. Time is moved by hand. */
abstract class OperatingRules extends WorkerPart {
    private final ManualClock clock = new ManualClock(START);

    @Override
    Clock clock() {
        return clock;
    }

    private static List<UUID> ids(JobQuery query) {
        return query.stream().map(JobInfo::id).toList();
    }

    @Test
    void jobs_are_found_by_every_filter_and_filters_add_up() {
        UUID mail = millrace.enqueue(ECHO.with("one").queue("mail").tag("tenant:acme"))
                .id();
        UUID tagged =
                millrace.enqueue(WORK.with(2).tag("tenant:acme", "urgent")).id();
        UUID serial = millrace.enqueue(ECHO.with("three").serial("customer:7")).id();
        UUID scheduled = millrace.enqueue(WORK.with(4).in(Duration.ofHours(1))).id();

        assertThat(ids(millrace.jobs())).containsExactly(scheduled, serial, tagged, mail);
        assertThat(ids(millrace.jobs().queue("mail"))).containsExactly(mail);
        assertThat(ids(millrace.jobs().kind("work"))).containsExactly(scheduled, tagged);
        assertThat(ids(millrace.jobs().tag("tenant:acme"))).containsExactly(tagged, mail);
        assertThat(ids(millrace.jobs().group("customer:7"))).containsExactly(serial);
        assertThat(ids(millrace.jobs().state(JobState.SCHEDULED))).containsExactly(scheduled);
        assertThat(ids(millrace.jobs().state(JobState.SCHEDULED, JobState.READY)))
                .hasSize(4);
        assertThat(ids(millrace.jobs().ids(Set.of(mail, serial)))).containsExactly(serial, mail);
        assertThat(ids(millrace.jobs().kind("work").tag("urgent"))).containsExactly(tagged);
        assertThat(ids(millrace.jobs().kind("echo").tag("urgent"))).isEmpty();
        assertThat(ids(millrace.jobs().limit(2))).containsExactly(scheduled, serial);
        assertThat(millrace.jobs().count()).isEqualTo(4);
        assertThat(millrace.jobs().limit(0).count()).isZero();
    }

    @Test
    void ids_may_be_added_to_the_filters_that_are_there() {
        UUID one = millrace.enqueue(ECHO.with("one").queue("mail")).id();
        UUID two = millrace.enqueue(ECHO, "two").id();

        assertThat(ids(millrace.jobs().queue("mail").ids(Set.of(one, two)))).containsExactly(one);
        assertThat(ids(millrace.jobs().ids(Set.of(one, two)).queue("mail"))).containsExactly(one);
        assertThatThrownBy(() -> millrace.jobs().ids(Set.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void jobs_are_found_by_age() {
        UUID old = millrace.enqueue(ECHO, "old").id();
        clock.advance(Duration.ofHours(2));
        Instant between = store.now().minus(Duration.ofHours(1));
        UUID young = millrace.enqueue(ECHO, "young").id();

        assertThat(ids(millrace.jobs().olderThan(Duration.ofHours(1)))).containsExactly(old);
        assertThat(ids(millrace.jobs().before(between))).containsExactly(old);
        assertThat(ids(millrace.jobs().since(between))).containsExactly(young);
    }

    @Test
    void many_jobs_are_read_page_by_page_newest_first() {
        List<JobHandle<Integer>> handles = enqueueWork(1_203);

        List<UUID> found = ids(millrace.jobs());

        List<UUID> newestFirst =
                new ArrayList<>(handles.stream().map(JobHandle::id).toList());
        java.util.Collections.reverse(newestFirst);
        assertThat(found).isEqualTo(newestFirst);
    }

    @Test
    void failed_jobs_are_retried_by_filter() {
        var worker = build(worker().handle(ECHO, (text, job) -> {
            if (store.now().isBefore(START.plusSeconds(60))) {
                throw new PermanentFailure("not before noon");
            }
            return text;
        }));
        for (int i = 0; i < 5; i++) {
            millrace.enqueue(ECHO.with("text " + i).tag(i < 3 ? "tenant:acme" : "tenant:other"));
        }
        worker.drain();
        assertThat(count(JobState.FAILED)).isEqualTo(5);
        clock.advance(Duration.ofMinutes(2));

        assertThat(millrace.jobs().state(JobState.FAILED).tag("tenant:acme").retryAll())
                .isEqualTo(3);
        worker.drain();

        assertThat(count(JobState.SUCCEEDED)).isEqualTo(3);
        assertThat(count(JobState.FAILED)).isEqualTo(2);
    }

    @Test
    void retrying_without_naming_a_state_means_failed_jobs_and_runs_no_other_again() {
        var worker = build(worker().handle(ECHO, (text, job) -> {
            if (text.equals("bad")) {
                throw new PermanentFailure("it is bad");
            }
            return text;
        }));
        millrace.enqueue(ECHO, "good");
        millrace.enqueue(ECHO, "bad");
        worker.drain();

        assertThat(millrace.jobs().queue("default").retryAll()).isEqualTo(1);

        assertThat(count(JobState.READY)).isEqualTo(1);
        assertThat(count(JobState.SUCCEEDED)).isEqualTo(1);
    }

    @Test
    void jobs_are_cancelled_and_deleted_by_filter_in_any_number() {
        enqueueWork(2_500);
        JobHandle<String> other = millrace.enqueue(ECHO, "other");

        assertThat(millrace.jobs().kind("work").limit(100).cancelAll()).isEqualTo(100);
        assertThat(millrace.jobs().kind("work").state(JobState.READY).cancelAll())
                .isEqualTo(2_400);
        assertThat(count(JobState.CANCELLED)).isEqualTo(2_500);
        assertThat(millrace.jobs().state(JobState.CANCELLED).deleteAll()).isEqualTo(2_500);

        assertThat(ids(millrace.jobs())).containsExactly(other.id());
    }

    @Test
    void cancelling_or_deleting_everything_there_is_has_to_be_meant() {
        enqueueWork(3);

        assertThatThrownBy(() -> millrace.jobs().cancelAll())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("every job");
        assertThatThrownBy(() -> millrace.jobs().deleteAll()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> millrace.jobs().limit(10).deleteAll()).isInstanceOf(IllegalStateException.class);
        assertThat(count(JobState.READY)).isEqualTo(3);
        JobState[] all = JobState.values();
        assertThat(millrace.jobs().state(all[0], all).deleteAll()).isEqualTo(3);
    }

    @Test
    void jobs_get_another_time_and_another_priority_by_filter() {
        List<JobHandle<Integer>> handles = enqueueWork(2);

        assertThat(millrace.jobs().kind("work").rescheduleAll(Duration.ofHours(1)))
                .isEqualTo(2);
        assertThat(handles).extracting(JobHandle::state).containsOnly(JobState.SCHEDULED);
        assertThat(millrace.jobs().kind("work").rescheduleAll(START)).isEqualTo(2);
        assertThat(handles).extracting(JobHandle::state).containsOnly(JobState.READY);
        assertThat(millrace.jobs().kind("work").reprioritizeAll(7)).isEqualTo(2);
        assertThat(handles).extracting(handle -> handle.info().priority()).containsOnly(7);
    }

    @Test
    void statistics_tell_what_there_is_and_who_works() throws Exception {
        start(worker().name("the worker").queues("served").handle(WORK, (number, job) -> number));
        millrace.enqueue(WORK.with(1).queue("served")).await(PATIENCE);
        millrace.enqueue(ECHO.with("waits").queue("mail"));
        clock.advance(Duration.ofSeconds(90));
        millrace.enqueue(WORK.with(2).queue("mail"));
        millrace.enqueue(WORK.with(3).queue("mail").in(Duration.ofHours(1)));
        millrace.queue("mail").pause();
        millrace.queue("empty").pause();

        Stats stats = millrace.stats();

        assertThat(stats.queues()).extracting(Stats.QueueStats::name).containsExactly("empty", "mail", "served");
        Stats.QueueStats mail = stats.queues().get(1);
        assertThat(mail.paused()).isTrue();
        assertThat(mail.counts()).isEqualTo(Map.of(JobState.READY, 2L, JobState.SCHEDULED, 1L));
        assertThat(mail.readyKinds()).isEqualTo(Map.of("echo", 1L, "work", 1L));
        assertThat(mail.oldestWaiting().orElseThrow()).isBetween(Duration.ofSeconds(89), Duration.ofSeconds(100));
        assertThat(stats.queues().get(2).paused()).isFalse();
        assertThat(stats.queues().get(2).count(JobState.SUCCEEDED)).isEqualTo(1);
        assertThat(stats.count(JobState.READY)).isEqualTo(2);
        assertThat(stats.workers()).hasSize(1);
        assertThat(stats.workers().get(0).name()).isEqualTo("the worker");
        until(
                "its status says what it did",
                () -> millrace.stats().workers().get(0).status().contains("\"processed\":1"));
        assertThat(millrace.stats().perSecond()).isPositive();
        assertThat(millrace.stats().queues().get(2).work().perSecond())
                .isEqualTo(millrace.stats().perSecond());
        assertThat(millrace.stats().queues().get(1).work().perSecond()).isZero();
        assertThat(stats)
                .asString()
                .contains("mail (paused): 1 scheduled 2 ready")
                .contains("1 worker");
    }

    @Test
    void an_empty_store_is_in_good_health() {
        Health health = millrace.health();

        assertThat(health.status()).isEqualTo(Health.Status.HEALTHY);
        assertThat(health.score()).isEqualTo(100);
        assertThat(health.reasons()).isEmpty();
    }

    @Test
    void jobs_that_nobody_handles_are_a_reason_for_concern_until_somebody_does() throws Exception {
        JobHandle<String> handle = millrace.enqueue(ECHO, "hello");

        assertThat(millrace.health().reasons())
                .singleElement()
                .asString()
                .contains("1 READY job of kind echo in queue default")
                .contains("no live worker");
        start(worker().handle(ECHO, (text, job) -> text));
        handle.await(PATIENCE);

        assertThat(millrace.health().score()).isEqualTo(100);
    }

    @Test
    void jobs_that_wait_long_are_a_reason_for_concern_and_those_of_a_paused_queue_are_not() {
        start(worker().queues("another").handle(ECHO, (text, job) -> text));
        millrace.enqueue(ECHO, "hello");
        clock.advance(Duration.ofSeconds(90));
        awaitBeats(2);
        assertThat(millrace.health().score()).isEqualTo(60);
        assertThat(millrace.health().status()).isEqualTo(Health.Status.DEGRADED);
        clock.advance(Duration.ofMinutes(20));
        awaitBeats(2);

        assertThat(millrace.health().score()).isEqualTo(45);
        assertThat(millrace.health().status()).isEqualTo(Health.Status.UNHEALTHY);
        assertThat(millrace.health().reasons())
                .hasSize(2)
                .anyMatch(reason -> reason.contains("queue default has 1 READY job, waiting for "))
                .anyMatch(reason -> reason.contains("no live worker has a handler for it there"));
        millrace.queue("default").pause();

        assertThat(millrace.health().score()).isEqualTo(100);
    }

    @Test
    void a_store_that_does_not_answer_is_unhealthy() {
        faults().goDown();

        Health health = millrace.health();

        assertThat(health.status()).isEqualTo(Health.Status.UNHEALTHY);
        assertThat(health.score()).isZero();
        assertThat(health.reasons()).singleElement().asString().contains("does not answer");
    }
}
