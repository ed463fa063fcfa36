package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Keys;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.Transactions.Ending;
import dev.millrace.spi.Transactions.Joined;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flow control in the application's transactions: what others are to be told is written there, and told behind the commit. */
class FlowTransactionsTest {
    @TempDir
    Path folder;

    private Store store;
    private StoreDriver driver;
    private SessionDriver session;
    private Connection connection;
    private Joined joined;

    @BeforeEach
    void open() throws Exception {
        Path file = folder.resolve("jobs.db");
        ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
        store = Stores.open(file, "", clock);
        driver = new StoreDriver(store, clock);
        session = driver.session();
        connection = Stores.connect(file);
        connection.setAutoCommit(false);
        joined = store.transactions().orElseThrow().join(connection);
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
        driver.settleDown();
        assertThat(store.verify()).isEmpty();
        store.close();
    }

    private Ending succeed(ClaimedJob run) {
        return joined.succeed(Settlement.of(run.run(), new Outcome.Succeeded(null)));
    }

    @Test
    void children_are_released_behind_the_commit() throws Exception {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        driver.enqueue(List.of(parent, child));
        ClaimedJob run = session.take(parent.id());

        assertThat(succeed(run)).isEqualTo(Ending.SETTLED);
        connection.commit();
        assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);

        assertThat(session.claimNext().spec().id()).isEqualTo(child.id());
    }

    @Test
    void nothing_follows_from_what_is_rolled_back() throws Exception {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        driver.enqueue(List.of(parent, child));
        ClaimedJob run = session.take(parent.id());

        succeed(run);
        connection.rollback();
        driver.settleDown();

        assertThat(driver.state(parent.id())).isEqualTo(JobState.RUNNING);
        assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
    }

    @Test
    void a_place_is_taken_and_given_on_behind_the_commit() throws Exception {
        JobDraft first = Jobs.work().serial("k");
        JobDraft second = Jobs.work().serial("k");
        joined.enqueue(List.of(first.newJob(), second.newJob()));
        connection.commit();
        assertThat(driver.job(first.id()).gate()).isEqualTo(Gate.GROUP);

        ClaimedJob run = session.claimNext();
        assertThat(run.spec().id()).isEqualTo(first.id());
        succeed(run);
        connection.commit();
        assertThat(driver.job(second.id()).gate()).isEqualTo(Gate.GROUP);

        assertThat(session.claimNext().spec().id()).isEqualTo(second.id());
    }

    @Test
    void a_child_of_what_has_ended_waits_for_nothing() throws Exception {
        JobDraft parent = Jobs.work();
        driver.enqueue(parent);
        session.succeed(session.take(parent.id()));
        JobDraft child = Jobs.work().after(parent).in(Duration.ofHours(1));

        joined.enqueue(List.of(child.newJob()));
        connection.commit();

        assertThat(driver.state(child.id())).isEqualTo(JobState.SCHEDULED);
    }

    @Test
    void a_missing_parent_refuses_the_call_and_leaves_the_transaction_usable() throws Exception {
        JobDraft kept = Jobs.work();
        JobDraft orphan = Jobs.work().after(Jobs.work());

        assertThatThrownBy(() -> joined.enqueue(List.of(Jobs.work().newJob(), orphan.newJob())))
                .isInstanceOf(MissingParentException.class);
        joined.enqueue(List.of(kept.newJob()));
        connection.commit();

        assertThat(store.counts()).hasSize(1).allMatch(count -> count.count() == 1);
    }

    @Test
    void what_waits_is_replaced_within_the_transaction() throws Exception {
        Keys.Unique replace = new Keys.Unique("k", Keys.Conflict.REPLACE, Keys.Scope.UNFINISHED, Duration.ZERO);
        JobDraft waiting = Jobs.work().unique(replace);
        driver.enqueue(waiting);

        List<Answer> answers = joined.enqueue(
                List.of(Jobs.work().payload(new byte[] {9}).unique(replace).newJob()));
        assertThat(answers).containsExactly(new Answer.Replaced(waiting.id()));
        assertThat(driver.job(waiting.id()).spec().payload()).containsExactly(1, 2, 3);
        connection.commit();

        assertThat(driver.job(waiting.id()).spec().payload()).containsExactly(9);
    }

    @Test
    void a_member_that_ends_there_ends_its_workflow_behind_the_commit() throws Exception {
        JobDraft head = Jobs.head();
        JobDraft member = Jobs.work().member(head, "m");
        driver.enqueue(List.of(head, member));
        ClaimedJob run = session.take(member.id());

        succeed(run);
        connection.commit();
        driver.settleDown();

        assertThat(driver.state(head.id())).isEqualTo(JobState.SUCCEEDED);
        assertThat(driver.job(member.id()).times().keepUntil()).isNotNull();
    }
}
