package dev.millrace.testkit.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Keys;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Transactions;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs that hold each other back, enqueued and settled within transactions: what follows for others follows the commit. */
abstract class FlowInRules extends TransactionPart {
    private static final Keys.Unique REPLACE =
            new Keys.Unique("k", Keys.Conflict.REPLACE, Keys.Scope.UNFINISHED, Duration.ZERO);

    private StoreDriver driver;
    private SessionDriver session;

    @BeforeEach
    void openSession() {
        driver = new StoreDriver(store, new ManualClock(Instant.now()));
        session = driver.session();
    }

    @Test
    void grouped_jobs_get_their_places_after_the_commit() throws Exception {
        JobDraft first = Jobs.work().serial("k");
        JobDraft second = Jobs.work().serial("k");
        transact(connection -> enqueue(connection, first, second));

        driver.settleDown();

        assertThat(driver.state(first.id())).isEqualTo(JobState.READY);
        assertThat(driver.job(second.id()).gate()).isEqualTo(Gate.GROUP);
        end(first);
        assertThat(driver.state(second.id())).isEqualTo(JobState.READY);
    }

    @Test
    void a_child_waits_for_parents_of_its_transaction_and_of_the_store() throws Exception {
        JobDraft stored = Jobs.work();
        JobDraft ended = Jobs.work();
        driver.enqueue(List.of(stored, ended));
        end(ended);
        JobDraft beside = Jobs.work();
        JobDraft child = Jobs.work().after(stored, beside, ended);
        transact(connection -> enqueue(connection, child, beside));
        driver.settleDown();
        assertThat(driver.job(child.id()).gate()).isEqualTo(Gate.PARENTS);

        end(stored);
        end(beside);

        assertThat(driver.state(child.id())).isEqualTo(JobState.READY);
    }

    @Test
    void a_child_that_was_rolled_back_is_waited_by_nobody() throws Exception {
        JobDraft parent = Jobs.work();
        driver.enqueue(parent);
        JobDraft child = Jobs.work().after(parent);
        try (Connection connection = begin()) {
            enqueue(connection, child);
            connection.rollback();
        }

        end(parent);

        assertThat(driver.exists(child.id())).isFalse();
        assertThat(driver.parents(child.id())).isEmpty();
        driver.enqueue(child);
        driver.settleDown();
        assertThat(driver.state(child.id())).isEqualTo(JobState.READY);
    }

    @Test
    void a_missing_parent_refuses_the_call() throws Exception {
        JobDraft child = Jobs.work().after(Jobs.work());
        try (Connection connection = begin()) {
            assertThatThrownBy(() -> enqueue(connection, child)).isInstanceOf(MissingParentException.class);
            connection.rollback();
        }

        assertThat(driver.find(Filter.ALL)).isEmpty();
    }

    @Test
    void a_workflow_and_its_members_come_in_together_and_end() throws Exception {
        JobDraft head = Jobs.head();
        JobDraft member = Jobs.work().member(head, "a");
        transact(connection -> enqueue(connection, head, member));
        driver.settleDown();
        assertThat(driver.state(head.id())).isEqualTo(JobState.BLOCKED);

        end(member);

        assertThat(driver.state(head.id())).isEqualTo(JobState.SUCCEEDED);
        assertThat(driver.parents(head.id())).extracting(Dependency::child).containsExactly(head.id());
    }

    @Test
    void an_end_within_a_transaction_lets_others_go_on_after_the_commit() throws Exception {
        JobDraft parent = Jobs.work().serial("k");
        JobDraft child = Jobs.work().after(parent);
        JobDraft next = Jobs.work().serial("k");
        driver.enqueue(List.of(parent, child, next));
        ClaimedJob run = session.take(parent.id());
        try (Connection connection = begin()) {
            succeed(connection, run);
            connection.rollback();
        }
        driver.settleDown();
        assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
        assertThat(driver.state(next.id())).isEqualTo(JobState.BLOCKED);

        transact(connection -> succeed(connection, run));
        driver.settleDown();

        assertThat(driver.state(child.id())).isEqualTo(JobState.READY);
        assertThat(driver.state(next.id())).isEqualTo(JobState.READY);
    }

    @Test
    void a_waiting_job_is_replaced_by_the_commit_and_not_by_a_rollback() throws Exception {
        JobDraft holder = Jobs.work().payload(new byte[] {1}).unique("k");
        driver.enqueue(holder);
        JobDraft update = Jobs.work().payload(new byte[] {2}).unique(REPLACE);
        try (Connection connection = begin()) {
            assertThat(enqueue(connection, update)).containsExactly(new Answer.Replaced(holder.id()));
            connection.rollback();
        }
        assertThat(driver.job(holder.id()).spec().payload()).containsExactly(1);

        transact(connection -> enqueue(connection, update));

        assertThat(driver.job(holder.id()).spec().payload()).containsExactly(2);
        assertThat(driver.find(Filter.ALL)).hasSize(1);
    }

    private List<Answer> enqueue(Connection connection, JobDraft... drafts) {
        return join(connection).enqueue(Stream.of(drafts).map(JobDraft::newJob).toList());
    }

    private void succeed(Connection connection, ClaimedJob run) {
        assertThat(join(connection).succeed(Settlement.of(run.run(), new Outcome.Succeeded(null))))
                .isEqualTo(Transactions.Ending.SETTLED);
    }

    private Transactions.Joined join(Connection connection) {
        return Objects.requireNonNull(store.transactions().orElseThrow().join(connection));
    }

    /** Runs it, and it succeeds; what follows from that is done when this returns. */
    private void end(JobDraft job) {
        session.succeed(session.take(job.id()));
        driver.settleDown();
    }
}
