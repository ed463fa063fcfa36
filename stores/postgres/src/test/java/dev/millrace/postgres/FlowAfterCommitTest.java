package dev.millrace.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.MissingParentException;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.Transactions;
import dev.millrace.spi.Transactions.Joined;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a committed change means for other jobs is done by whoever looks next, where its own process does not come to it: the
 * transaction was the application's, or the process died right after the commit.
 */
class FlowAfterCommitTest {
    private final String schema = Servers.NEW.schema();
    private final String address = Servers.NEW.server().url() + "?schema=" + schema;
    private Store store;
    private StoreDriver driver;
    private SessionDriver session;

    @BeforeEach
    void open() {
        open(Stores.open(address));
    }

    private void open(Store opened) {
        store = opened;
        driver = new StoreDriver(store, new ManualClock(Instant.EPOCH));
        session = driver.session();
    }

    /** The process is gone, and another comes. */
    private void dieAndComeBack() {
        store.close();
        open(Stores.open(address));
    }

    @AfterEach
    void checkTheBooks() {
        try {
            driver.settleDown();
            assertThat(store.verify()).isEmpty();
        } finally {
            store.close();
            Servers.NEW.recycle(schema);
        }
    }

    @FunctionalInterface
    private interface Work {
        void run(Joined joined) throws SQLException;
    }

    /** Within a transaction of the application's, which is committed at the end. */
    private void within(Work work) throws SQLException {
        try (Connection connection = Servers.NEW.connect()) {
            connection.setAutoCommit(false);
            work.run(joined(connection));
            connection.commit();
        }
    }

    private Joined joined(Connection connection) {
        Optional<Transactions> transactions = store.transactions();
        return transactions.orElseThrow().join(connection);
    }

    private static Settlement success(ClaimedJob run) {
        return Settlement.of(run.run(), new Outcome.Succeeded(null));
    }

    /** What a worker gets that makes nothing but exchanges. */
    private List<UUID> claimed() {
        return session.claim(10).stream().map(run -> run.spec().id()).toList();
    }

    @Test
    void the_child_of_a_parent_whose_process_died_after_the_settle_is_claimed_by_the_next_exchange() throws Exception {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        driver.enqueue(List.of(parent, child));
        ClaimedJob run = session.take(parent.id());
        within(joined -> joined.succeed(success(run)));
        assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);

        dieAndComeBack();

        assertThat(claimed()).containsExactly(child.id());
    }

    @Test
    void a_sweep_does_it_where_nobody_makes_an_exchange() throws Exception {
        JobDraft parent = Jobs.work();
        JobDraft first = Jobs.work().serial("k");
        JobDraft second = Jobs.work().serial("k");
        JobDraft child = Jobs.work().after(parent);
        driver.enqueue(List.of(parent, first, second, child));
        ClaimedJob ofParent = session.take(parent.id());
        ClaimedJob ofFirst = session.take(first.id());
        within(joined -> {
            joined.succeed(success(ofParent));
            joined.succeed(success(ofFirst));
        });

        dieAndComeBack();
        driver.sweep();

        assertThat(Stream.of(second, child).map(job -> driver.state(job.id()))).containsOnly(JobState.READY);
    }

    @Test
    void jobs_of_a_group_that_come_in_a_transaction_pass_after_its_commit() throws Exception {
        JobDraft first = Jobs.work().serial("k");
        JobDraft second = Jobs.work().serial("k");

        within(joined -> {
            joined.enqueue(List.of(first.newJob(), second.newJob()));
            assertThat(claimed()).isEmpty();
        });

        assertThat(claimed()).containsExactly(first.id());
        assertThat(driver.state(second.id())).isEqualTo(JobState.BLOCKED);
    }

    @Test
    void a_child_that_comes_in_an_open_transaction_holds_up_nobody_who_settles_its_parent() throws Exception {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        driver.enqueue(parent);
        ClaimedJob run = session.take(parent.id());

        within(joined -> {
            joined.enqueue(List.of(child.newJob()));
            assertThat(session.settle(success(run))).isEqualTo(SettleAnswer.APPLIED);
        });

        assertThat(claimed()).containsExactly(child.id());
    }

    @Test
    void who_enqueues_a_child_does_not_wait_for_an_open_transaction_that_settles_its_parent() throws Exception {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        driver.enqueue(parent);
        ClaimedJob run = session.take(parent.id());

        within(joined -> {
            joined.succeed(success(run));
            driver.enqueue(child);
            assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
        });

        assertThat(claimed()).containsExactly(child.id());
    }

    @Test
    void children_of_a_parent_that_a_transaction_has_locked_hold_up_no_others() throws Exception {
        JobDraft ended = Jobs.work();
        JobDraft locked = Jobs.work();
        driver.enqueue(List.of(ended, locked));
        session.settle(success(session.take(ended.id())));
        ClaimedJob run = session.take(locked.id());
        JobDraft child = Jobs.plain("other").after(ended);

        within(joined -> {
            joined.succeed(success(run));
            driver.enqueue(Jobs.many(Deliveries.MOST, "other").stream()
                    .map(each -> each.after(locked))
                    .toList());
            within(other -> other.enqueue(List.of(child.newJob())));
            session.claim(0);
            assertThat(driver.state(child.id())).isEqualTo(JobState.READY);
        });

        driver.settleDown();
        assertThat(driver.session("another", "other").claim(Deliveries.MOST + 5))
                .hasSize(Deliveries.MOST + 1);
    }

    @Test
    void a_workflow_that_has_ended_goes_on_when_a_member_has_come_in_a_transaction() throws Exception {
        JobDraft head = Jobs.head();
        JobDraft member = Jobs.work().member(head, "late");
        driver.enqueue(head);
        assertThat(driver.state(head.id())).isEqualTo(JobState.SUCCEEDED);

        within(joined -> joined.enqueue(List.of(member.newJob())));
        session.claim(0);
        assertThat(driver.state(head.id())).isEqualTo(JobState.BLOCKED);
        session.succeed(session.take(member.id()));

        assertThat(driver.state(head.id())).isEqualTo(JobState.SUCCEEDED);
    }

    /** In a transaction of the application's, where who stores it is not the one who looks; and in one of the store's. */
    @Test
    void jobs_that_come_when_a_workflow_has_ended_wait_for_it_only_when_it_goes_on() throws Exception {
        JobDraft head = Jobs.head();
        JobDraft other = Jobs.work();
        driver.enqueue(List.of(head, other));
        JobDraft alone = Jobs.plain("child").after(head);
        JobDraft waiting = Jobs.plain("child").after(head, other);

        within(joined -> joined.enqueue(List.of(alone.newJob(), waiting.newJob())));
        driver.settleDown();
        assertThat(driver.state(alone.id())).isEqualTo(JobState.READY);
        JobDraft late = Jobs.work().member(head, "late");
        driver.enqueue(late);
        driver.settleDown();
        session.succeed(session.take(other.id()));
        driver.settleDown();
        assertThat(driver.state(waiting.id())).isEqualTo(JobState.BLOCKED);

        session.succeed(session.take(late.id()));
        driver.settleDown();
        assertThat(driver.state(waiting.id())).isEqualTo(JobState.READY);
    }

    @Test
    void a_workflow_whose_member_is_run_again_tells_a_job_that_came_after_its_end() {
        JobDraft head = Jobs.head();
        JobDraft member = Jobs.work().member(head, "first");
        JobDraft other = Jobs.work();
        driver.enqueue(List.of(head, member, other));
        session.succeed(session.take(member.id()));
        driver.settleDown();
        JobDraft waiting = Jobs.plain("child").after(head, other);
        driver.enqueue(waiting);

        driver.runAgain(member.id());
        driver.settleDown();
        session.succeed(session.take(other.id()));
        driver.settleDown();
        assertThat(driver.state(waiting.id())).isEqualTo(JobState.BLOCKED);

        session.succeed(session.take(member.id()));
        driver.settleDown();
        assertThat(driver.state(waiting.id())).isEqualTo(JobState.READY);
    }

    @Test
    void a_parent_that_does_not_exist_is_refused_in_a_transaction_too() throws Exception {
        JobDraft child = Jobs.work().after(Jobs.work());
        try (Connection connection = Servers.NEW.connect()) {
            connection.setAutoCommit(false);
            Joined joined = joined(connection);

            assertThatThrownBy(() -> joined.enqueue(List.of(child.newJob())))
                    .isInstanceOf(MissingParentException.class);
            connection.rollback();
        }
        assertThat(driver.exists(child.id())).isFalse();
    }

    /** What is said while effects fail, and what is done beside. */
    @Test
    void effects_that_fail_are_said_and_stay_and_hold_up_no_others() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        JobDraft first = Jobs.work().serial("k");
        JobDraft second = Jobs.work().serial("k");
        driver.enqueue(List.of(parent, child, first, second));
        ClaimedJob ofParent = session.take(parent.id());
        ClaimedJob ofFirst = session.take(first.id());
        Servers.NEW.run("CREATE FUNCTION " + schema + ".broken() RETURNS trigger LANGUAGE plpgsql AS"
                + " $$ BEGIN RAISE EXCEPTION 'this disk is broken'; END $$");
        Servers.NEW.run("CREATE TRIGGER broken BEFORE UPDATE ON " + schema
                + ".dependency FOR EACH STATEMENT EXECUTE FUNCTION " + schema + ".broken()");
        PrintStream real = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, UTF_8));
        try {
            assertThat(session.settle(success(ofParent))).isEqualTo(SettleAnswer.APPLIED);
            assertThat(session.settle(success(ofFirst))).isEqualTo(SettleAnswer.APPLIED);
            assertThat(driver.state(second.id())).isEqualTo(JobState.READY);
            assertThat(driver.state(child.id())).isEqualTo(JobState.BLOCKED);
            // as those do that wait until a store has come to rest
            assertThat(IntStream.range(0, 20).filter(sweep -> driver.sweep().more()))
                    .hasSizeLessThan(10);
        } finally {
            System.setErr(real);
        }

        assertThat(said.toString(UTF_8).lines().filter(line -> line.contains("stay BLOCKED")))
                .singleElement(STRING)
                .contains("WARN", "this disk is broken");
        Servers.NEW.run("DROP FUNCTION " + schema + ".broken CASCADE");
        driver.sweep();
        assertThat(driver.state(child.id())).isEqualTo(JobState.READY);
    }
}
