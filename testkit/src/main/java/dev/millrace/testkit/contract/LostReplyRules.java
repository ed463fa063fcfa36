package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.StoreException;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Faults.Call;
import dev.millrace.testkit.FaultyStore;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lost replies lose nothing: every call may be repeated. Calls of a closed store are refused. */
abstract class LostReplyRules extends ContractPart {
    private FaultyStore faulty;
    private StoreDriver overFaulty;

    @BeforeEach
    void makeFaulty() {
        faulty = new FaultyStore(store);
        overFaulty = new StoreDriver(faulty, clock);
    }

    @Test
    void an_enqueue_whose_reply_was_lost_is_repeated_without_harm() {
        List<JobDraft> drafts = Jobs.many(3, Jobs.WORK);
        faulty.faults().loseReply(Call.ENQUEUE, 1);
        assertThatThrownBy(() -> overFaulty.offer(drafts)).isInstanceOf(StoreUnavailableException.class);

        assertThat(overFaulty.offer(drafts)).allMatch(Answer.Known.class::isInstance);

        assertThat(driver.find(Filter.ALL)).hasSize(3);
    }

    @Test
    void an_enqueue_with_a_key_whose_reply_was_lost_is_known_and_no_duplicate() {
        JobDraft draft = Jobs.work().unique("welcome");
        faulty.faults().loseReply(Call.ENQUEUE, 1);
        assertThatThrownBy(() -> overFaulty.offer(draft)).isInstanceOf(StoreUnavailableException.class);

        assertThat(overFaulty.offer(draft)).isEqualTo(new Answer.Known(draft.id()));
    }

    @Test
    void a_settle_whose_reply_was_lost_is_repeated_without_harm() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = overFaulty.session();
        ClaimedJob run = session.claimNext();
        faulty.faults().loseReply(Call.EXCHANGE, 1);
        assertThatThrownBy(() -> session.succeed(run)).isInstanceOf(StoreUnavailableException.class);

        assertThat(session.succeed(run)).isEqualTo(SettleAnswer.ALREADY);

        assertThat(driver.state(id)).isEqualTo(JobState.SUCCEEDED);
        assertThat(driver.trail(id).runs()).hasSize(1);
    }

    @Test
    void a_settle_that_never_arrived_is_repeated_and_applied() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = overFaulty.session();
        ClaimedJob run = session.claimNext();
        faulty.faults().failBefore(Call.EXCHANGE, 1);
        assertThatThrownBy(() -> session.succeed(run)).isInstanceOf(StoreUnavailableException.class);
        assertThat(driver.state(id)).isEqualTo(JobState.RUNNING);

        assertThat(session.succeed(run)).isEqualTo(SettleAnswer.APPLIED);
    }

    @Test
    void a_claim_whose_reply_was_lost_heals_by_a_beat_and_a_hand_back() {
        List<UUID> jobs = driver.enqueue(Jobs.many(2, Jobs.WORK));
        SessionDriver session = overFaulty.session();
        faulty.faults().loseReply(Call.EXCHANGE, 1);
        assertThatThrownBy(() -> session.claim(2)).isInstanceOf(StoreUnavailableException.class);
        long lost = session.exchangeNumber();
        assertThat(session.claim(2)).isEmpty();

        var held = session.beat().held();
        assertThat(held).hasSize(2).allMatch(claim -> claim.exchange() == lost);
        session.settle(held.stream()
                .map(claim -> Settlement.of(claim.run(), new Outcome.HandedBack(false)))
                .toList());

        assertThat(session.claim(9)).extracting(run -> run.spec().id()).containsExactlyInAnyOrderElementsOf(jobs);
        assertThat(session.beat().held()).hasSize(2);
    }

    @Test
    void a_session_whose_opening_reply_was_lost_is_opened_once() {
        faulty.faults().loseReply(Call.OPEN_SESSION, 1);
        UUID id = Jobs.newId();
        var opening = new SessionOpening(id, "worker", "{}");
        assertThatThrownBy(() -> faulty.openSession(opening)).isInstanceOf(StoreUnavailableException.class);

        faulty.openSession(opening);

        assertThat(store.sessions()).hasSize(1);
    }

    @Test
    void a_note_whose_reply_was_lost_is_not_written_twice() {
        faulty.faults().loseReply(Call.PUT_NOTE, 1);
        assertThatThrownBy(() -> faulty.putNote("locks", "a", new byte[] {1}, Notes.ABSENT, null))
                .isInstanceOf(StoreUnavailableException.class);

        assertThat(faulty.putNote("locks", "a", new byte[] {1}, Notes.ABSENT, null))
                .isEmpty();
        assertThat(store.note("locks", "a")).isPresent();
    }

    @Test
    void a_closed_store_refuses_every_call_and_may_be_closed_again() {
        try (StoreFixture other = contract.fixture()) {
            Store closed = other.open(clock, retention());
            closed.close();
            closed.close();

            StoreDriver late = new StoreDriver(closed, clock);
            NewJob job = Jobs.work().newJob();
            assertThatThrownBy(() -> closed.enqueue(List.of(job))).isInstanceOf(StoreException.class);
            assertThatThrownBy(late::session).isInstanceOf(StoreException.class);
            assertThatThrownBy(late::sweep).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> late.find(Filter.ALL)).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> late.cancel(job.spec().id())).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> closed.note("a", "b")).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> closed.get(List.of(job.spec().id()))).isInstanceOf(StoreException.class);
            assertThatThrownBy(closed::counts).isInstanceOf(StoreException.class);
        }
    }
}
