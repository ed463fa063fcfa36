package dev.millrace.testkit.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.Enqueued;
import dev.millrace.JobHandle;
import dev.millrace.JobInfo;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Transaction;
import dev.millrace.Worker;
import dev.millrace.testkit.Faults;
import java.sql.Connection;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Jobs that are enqueued within a transaction exist from its commit on, or never. */
abstract class EnqueueInRules extends TransactionPart {

    @Test
    void a_job_exists_from_the_commit_on() throws Exception {
        try (Connection connection = begin()) {
            write(connection, "order");
            JobHandle<String> handle = millrace.inTransaction(connection).enqueue(ECHO, "x");
            assertThat(handle.enqueued()).isEqualTo(Enqueued.NEW);
            assertThat(exists(handle)).isFalse();

            connection.commit();

            assertThat(handle.state()).isEqualTo(JobState.READY);
            assertThat(written()).containsExactly("order");
            drain(worker().handle(ECHO, (text, job) -> text));
            assertThat(handle.await(PATIENCE)).isEqualTo("x");
        }
    }

    @Test
    void a_rolled_back_job_has_never_been() throws Exception {
        try (Connection connection = begin()) {
            write(connection, "order");
            JobHandle<String> handle = millrace.inTransaction(connection).enqueue(ECHO, "x");
            connection.rollback();

            assertThat(exists(handle)).isFalse();
            assertThat(written()).isEmpty();
            assertThat(millrace.jobs().count()).isZero();
        }
    }

    @Test
    void a_connection_that_is_lost_before_the_commit_leaves_nothing() throws Exception {
        Connection connection = begin();
        write(connection, "order");
        JobHandle<String> handle = millrace.inTransaction(connection).enqueue(ECHO, "x");
        connection.close();

        assertThat(exists(handle)).isFalse();
        assertThat(written()).isEmpty();
    }

    @Test
    void an_idle_worker_starts_the_job_with_the_commit_and_not_by_heartbeat() throws Exception {
        Map<UUID, Long> startedAt = new ConcurrentHashMap<>();
        Worker worker = start(worker().handle(ECHO, (text, job) -> {
            startedAt.put(job.id(), System.nanoTime());
            return text;
        }));
        List<Long> micros = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            assertThat(worker.awaitIdle(PATIENCE)).isTrue();
            long beats = faults().calls(Faults.Call.BEAT);
            try (Connection connection = begin()) {
                JobHandle<String> handle = millrace.inTransaction(connection).enqueue(ECHO, "x" + i);
                connection.commit();
                long committed = System.nanoTime();

                assertThat(handle.await(PATIENCE)).isEqualTo("x" + i);
                micros.add((Objects.requireNonNull(startedAt.get(handle.id())) - committed) / 1_000);
            }
            assertThat(faults().calls(Faults.Call.BEAT)).isEqualTo(beats);
        }
        micros.subList(0, 5).clear(); // to warm up
        Collections.sort(micros);
        System.out.printf(
                "%s: from commit to start, of 20: median %d µs, largest %d µs%n",
                store.info().engine(), micros.get(10), micros.get(19));
    }

    @Test
    void several_jobs_come_in_together() throws Exception {
        List<JobHandle<String>> handles = new ArrayList<>();
        transact(connection -> {
            Transaction transaction = millrace.inTransaction(connection);
            handles.add(transaction.enqueue(ECHO, "a"));
            handles.addAll(transaction.enqueueAll(
                    List.of(ECHO.with("b"), ECHO.with("c").priority(5))));
            handles.add(transaction.enqueue(ECHO.with("d").queue("other")));
            assertThat(transaction.enqueueAll(List.of())).isEmpty();
            assertThat(millrace.jobs().count()).isZero();
        });

        assertThat(millrace.jobs().state(JobState.READY).count()).isEqualTo(4);
        List<String> ran = new ArrayList<>();
        drain(worker().queues("default").handle(ECHO, (text, job) -> {
            ran.add(text);
            return text;
        }));
        assertThat(ran).containsExactly("c", "a", "b");
        assertThat(handles.get(3).state()).isEqualTo(JobState.READY);
    }

    @Test
    void a_list_with_a_bad_request_stores_nothing_and_leaves_the_transaction_usable() throws Exception {
        transact(connection -> {
            Transaction transaction = millrace.inTransaction(connection);
            assertThatThrownBy(() -> transaction.enqueueAll(List.of(ECHO.with("a"), ECHO.with("x".repeat(2_000_000)))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("request 1 of 2");
            transaction.enqueue(ECHO, "good");
        });

        assertThat(millrace.jobs().count()).isEqualTo(1);
    }

    @Test
    void one_transaction_after_the_other_may_be_joined_on_a_connection() throws Exception {
        try (Connection connection = begin()) {
            Transaction transaction = millrace.inTransaction(connection);
            transaction.enqueue(ECHO, "first");
            connection.commit();
            transaction.enqueue(ECHO, "second");
            connection.rollback();
            transaction.enqueue(ECHO, "third");
            connection.commit();

            assertThat(connection.getAutoCommit()).isFalse();
        }
        assertThat(millrace.jobs().count()).isEqualTo(2);
    }

    @Test
    void a_unique_key_is_held_within_the_transaction_and_beyond() throws Exception {
        try (Connection connection = begin()) {
            Transaction transaction = millrace.inTransaction(connection);
            JobHandle<String> first = transaction.enqueue(ECHO.with("a").uniqueKey("k"));
            JobHandle<String> second = transaction.enqueue(ECHO.with("b").uniqueKey("k"));
            assertThat(second.enqueued()).isEqualTo(Enqueued.DUPLICATE);
            assertThat(second.id()).isEqualTo(first.id());
            connection.commit();

            JobHandle<String> third = transaction.enqueue(ECHO.with("c").uniqueKey("k"));
            assertThat(third.id()).isEqualTo(first.id());
            connection.commit();
            assertThat(millrace.enqueue(ECHO.with("d").uniqueKey("k")).id()).isEqualTo(first.id());
        }
        assertThat(millrace.jobs().count()).isEqualTo(1);
    }

    @Test
    void a_unique_key_is_free_after_the_roll_back() throws Exception {
        try (Connection connection = begin()) {
            millrace.inTransaction(connection).enqueue(ECHO.with("a").uniqueKey("k"));
            connection.rollback();
        }
        assertThat(millrace.enqueue(ECHO.with("b").uniqueKey("k")).enqueued()).isEqualTo(Enqueued.NEW);
    }

    @Test
    void a_job_of_a_known_id_is_not_stored_again() throws Exception {
        JobHandle<String> before = millrace.enqueue(ECHO, "before");
        UUID other = UUID.fromString("0197a5a0-0000-7000-8000-000000000001");
        transact(connection -> {
            Transaction transaction = millrace.inTransaction(connection);
            assertThat(transaction.enqueue(ECHO.with("again").id(before.id())).enqueued())
                    .isEqualTo(Enqueued.DUPLICATE);
            assertThat(transaction.enqueue(ECHO.with("new").id(other)).enqueued())
                    .isEqualTo(Enqueued.NEW);
            assertThat(transaction.enqueue(ECHO.with("new").id(other)).enqueued())
                    .isEqualTo(Enqueued.DUPLICATE);
        });

        assertThat(millrace.jobs().count()).isEqualTo(2);
    }

    @Test
    void a_delayed_job_waits_for_its_time() throws Exception {
        List<JobHandle<String>> handles = new ArrayList<>();
        transact(connection -> handles.add(
                millrace.inTransaction(connection).enqueue(ECHO.with("later").in(Duration.ofHours(1)))));

        JobInfo info = handles.get(0).info();
        assertThat(info.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(Duration.between(info.enqueuedAt(), info.dueAt())).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void labels_keys_options_and_large_payloads_come_along() throws Exception {
        String large = "x".repeat(100_000);
        List<JobHandle<String>> handles = new ArrayList<>();
        transact(connection -> handles.addAll(millrace.inTransaction(connection)
                .enqueueAll(List.of(
                        ECHO.with(large)
                                .tag("red", "blue")
                                .meta("tenant", "acme")
                                .uniqueKey("k"),
                        ECHO.with("plain"),
                        ECHO.with("tagged")
                                .tag("red")
                                .timeout(Duration.ofMinutes(1))
                                .expiresIn(Duration.ofDays(1))))));

        JobInfo info = handles.get(0).info();
        assertThat(info.tags()).containsExactlyInAnyOrder("red", "blue");
        assertThat(info.meta()).containsEntry("tenant", "acme");
        assertThat(info.uniqueKey()).contains("k");
        assertThat(millrace.jobs().tag("red").count()).isEqualTo(2);
        drain(worker().handle(ECHO, (text, job) -> text));
        assertThat(handles.get(0).await(PATIENCE)).isEqualTo(large);
        assertThat(handles.get(2).await(PATIENCE)).isEqualTo("tagged");
    }

    @Test
    void a_roll_back_to_a_savepoint_takes_back_what_came_after_it() throws Exception {
        transact(connection -> {
            Transaction transaction = millrace.inTransaction(connection);
            transaction.enqueue(ECHO.with("kept").tag("kept"));
            Savepoint savepoint = connection.setSavepoint();
            write(connection, "undone");
            transaction.enqueue(ECHO.with("undone").tag("undone").uniqueKey("k"));
            connection.rollback(savepoint);
            transaction.enqueue(ECHO.with("kept too").tag("kept").uniqueKey("k"));
        });

        assertThat(millrace.jobs().count()).isEqualTo(2);
        assertThat(millrace.jobs().tag("kept").count()).isEqualTo(2);
        assertThat(written()).isEmpty();
    }

    @Test
    void a_queue_and_a_kind_that_were_first_met_in_a_rolled_back_transaction_are_none_the_worse() throws Exception {
        JobType<String, String> fresh = JobType.of("fresh", String.class, String.class);
        try (Connection connection = begin()) {
            millrace.inTransaction(connection).enqueue(fresh.with("a").queue("new"));
            connection.rollback();
            millrace.inTransaction(connection).enqueue(fresh.with("b").queue("new"));
            connection.commit();
        }
        JobHandle<String> outside = millrace.enqueue(fresh.with("c").queue("new"));

        drain(worker().handle(fresh, (text, job) -> text));
        assertThat(outside.await(PATIENCE)).isEqualTo("c");
        assertThat(millrace.jobs().state(JobState.SUCCEEDED).count()).isEqualTo(2);
    }
}
