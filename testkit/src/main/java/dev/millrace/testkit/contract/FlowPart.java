package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A part about jobs that hold each other back: comes to rest after each test, and then checks those books too. */
abstract class FlowPart extends ContractPart {
    SessionDriver session;

    @BeforeEach
    void openSession() {
        session = driver.session();
    }

    @AfterEach
    void checkTheBooksOfFlow() {
        driver.settleDown();
        assertThat(FlowBooks.faults(store)).as("faults in the books of flow").isEmpty();
    }

    /** So many plain jobs. */
    static List<JobDraft> works(int count) {
        return Jobs.many(count, Jobs.WORK);
    }

    static UUID[] ids(List<JobDraft> drafts) {
        return drafts.stream().map(JobDraft::id).toArray(UUID[]::new);
    }

    void enqueue(JobDraft... drafts) {
        driver.enqueue(Arrays.asList(drafts));
    }

    /** Runs it, and it succeeds; what follows from that is done when this returns. */
    void succeed(JobDraft job) {
        session.succeed(session.take(job.id()));
        driver.settleDown();
    }

    /** Runs it, and it fails for good; what follows from that is done when this returns. */
    void fail(JobDraft job) {
        session.fail(session.take(job.id()));
        driver.settleDown();
    }

    void cancel(JobDraft job) {
        driver.cancel(job.id());
        driver.settleDown();
    }

    /** Runs a job again by hand, which must not be refused. */
    void runAgain(JobDraft job) {
        assertThat(driver.runAgain(job.id()).done()).as("run again").containsExactly(job.id());
        driver.settleDown();
    }

    /** An exchange that takes nothing. */
    ExchangeReply idle() {
        return session.exchange(List.of(), new Claim.Nothing());
    }

    JobRecord job(JobDraft draft) {
        return driver.job(draft.id());
    }

    void assertState(JobState state, JobDraft... drafts) {
        for (JobDraft draft : drafts) {
            assertThat(job(draft).state()).as("state of %s", draft.id()).isEqualTo(state);
        }
    }

    void assertBlocked(Gate gate, JobDraft... drafts) {
        for (JobDraft draft : drafts) {
            assertState(JobState.BLOCKED, draft);
            assertThat(job(draft).gate()).as("gate that holds %s", draft.id()).isEqualTo(gate);
        }
    }

    void assertCancelled(CancelReason reason, JobDraft... drafts) {
        for (JobDraft draft : drafts) {
            assertState(JobState.CANCELLED, draft);
            assertThat(job(draft).cancelReason())
                    .as("reason for which %s is cancelled", draft.id())
                    .isEqualTo(reason);
        }
    }

    /** How many of these are in a state. */
    long count(JobState state, List<JobDraft> drafts) {
        return store.get(Arrays.asList(ids(drafts))).stream()
                .filter(job -> job.state() == state)
                .count();
    }
}
