package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.BeatReply.Held;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Report;
import dev.millrace.spi.SessionCommand;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a beat brings to the store, and what it brings back. */
abstract class BeatRules extends ContractPart {
    private SessionDriver session;

    @BeforeEach
    void openSession() {
        session = driver.session();
    }

    @Test
    void it_tells_every_claim_with_the_number_of_its_exchange() {
        driver.enqueue(Jobs.many(3, Jobs.WORK));
        List<ClaimedJob> two = session.claim(2);
        long first = session.exchangeNumber();
        ClaimedJob third = session.claimNext();
        long second = session.exchangeNumber();

        assertThat(session.beat().held())
                .containsExactlyInAnyOrder(
                        new Held(two.get(0).run(), first),
                        new Held(two.get(1).run(), first),
                        new Held(third.run(), second));
        assertThat(second).isGreaterThan(first);
    }

    @Test
    void it_tells_nothing_of_runs_that_have_ended_or_of_other_sessions() {
        driver.enqueue(Jobs.many(2, Jobs.WORK));
        SessionDriver other = driver.session("other", Jobs.WORK);
        ClaimedJob mine = session.claimNext();
        other.claimNext();

        session.succeed(mine);

        assertThat(session.beat().held()).isEmpty();
        assertThat(other.beat().held()).hasSize(1);
    }

    @Test
    void claims_of_an_exchange_whose_reply_was_lost_are_found_and_handed_back() {
        List<UUID> jobs = driver.enqueue(Jobs.many(2, Jobs.WORK));
        ClaimedJob known = session.claimNext();
        session.claimNext();
        long lost = session.exchangeNumber();

        List<Settlement> back = session.beat().held().stream()
                .filter(held -> held.exchange() == lost)
                .map(held -> Settlement.of(held.run(), new Outcome.HandedBack(false)))
                .toList();

        assertThat(session.settle(back)).containsExactly(SettleAnswer.APPLIED);
        assertThat(session.beat().held()).extracting(Held::run).containsExactly(known.run());
        ClaimedJob again = session.claimNext();
        assertThat(jobs).contains(again.spec().id());
        assertThat(again.history()).isEqualTo(new ClaimedJob.History(1, 0, 0));
    }

    @Test
    void a_cancel_request_reaches_the_session_that_runs_the_job_with_each_beat() {
        driver.enqueue(Jobs.many(2, Jobs.WORK));
        SessionDriver other = driver.session("other", Jobs.WORK);
        ClaimedJob mine = session.claimNext();
        ClaimedJob theirs = other.claimNext();
        assertThat(session.beat().cancelled()).isEmpty();

        driver.cancel(mine.spec().id());

        assertThat(session.beat().cancelled()).containsExactly(mine.run());
        assertThat(session.beat().cancelled()).containsExactly(mine.run());
        assertThat(other.beat().cancelled()).isEmpty();
        session.settle(mine, new Outcome.Cancelled());
        assertThat(session.beat().cancelled()).isEmpty();
        other.succeed(theirs);
    }

    @Test
    void progress_is_replaced_and_kept_when_nothing_new_is_told() {
        ClaimedJob run = claimed();

        session.beat(run, new Report(new Progress(1, 10, "first"), List.of()));
        session.beat(run, new Report(new Progress(2, 10, "second"), List.of()));
        session.beat(run, new Report(null, List.of(new LogLine(START, "no progress"))));

        assertThat(driver.job(run.spec().id()).run().progress()).isEqualTo(new Progress(2, 10, "second"));
    }

    @Test
    void news_of_a_run_that_lost_its_job_is_dropped() {
        ClaimedJob run = claimed();
        session.handBack(run);
        session.claimNext();

        session.beat(run, new Report(new Progress(9, 9, "from the past"), List.of(new LogLine(START, "late"))));

        assertThat(driver.job(run.spec().id()).run().progress()).isEqualTo(Progress.NONE);
        assertThat(driver.trail(run.spec().id()).log()).isEmpty();
    }

    @Test
    void a_closed_sessions_news_does_not_renew_it() {
        ClaimedJob run = claimed();
        session.close();

        assertThat(session.beat(run, new Report(new Progress(1, 2, ""), List.of()))
                        .open())
                .isFalse();
        assertThat(session.beat(run, Report.NONE).held()).isEmpty();
    }

    @Test
    void a_command_comes_with_each_beat_until_another_replaces_it() {
        assertThat(session.beat().command()).isNull();

        assertThat(store.command(session.id(), SessionCommand.QUIET)).isTrue();
        assertThat(session.beat().command()).isEqualTo(SessionCommand.QUIET);
        assertThat(session.beat().command()).isEqualTo(SessionCommand.QUIET);
        assertThat(store.command(session.id(), SessionCommand.RESUME)).isTrue();
        assertThat(session.beat().command()).isNotEqualTo(SessionCommand.QUIET);
        assertThat(store.command(session.id(), SessionCommand.STOP)).isTrue();
        assertThat(session.beat().command()).isEqualTo(SessionCommand.STOP);
    }

    @Test
    void a_command_reaches_only_its_session() {
        SessionDriver other = driver.session("other", Jobs.WORK);

        store.command(session.id(), SessionCommand.STOP);

        assertThat(other.beat().command()).isNull();
    }

    @Test
    void a_closed_or_unknown_session_takes_no_command() {
        session.close();

        assertThat(store.command(session.id(), SessionCommand.STOP)).isFalse();
        assertThat(store.command(Jobs.newId(), SessionCommand.STOP)).isFalse();
    }

    @Test
    void it_tells_whether_any_job_is_ready() {
        assertThat(session.beat().claimable()).isFalse();

        UUID waiting = driver.enqueue(Jobs.work().in(HOUR));
        assertThat(session.beat().claimable()).isFalse();
        UUID ready = driver.enqueue(Jobs.plain("other").queue("elsewhere"));
        assertThat(session.beat().claimable()).isTrue();
        driver.cancel(ready);
        assertThat(session.beat().claimable()).isFalse();
        session.take(waiting);
        assertThat(session.beat().claimable()).isFalse();
        assertThat(driver.state(waiting)).isEqualTo(JobState.RUNNING);
    }

    @Test
    void it_tells_the_stores_time() {
        clock.advance(HOUR);

        assertAbout(session.beat().now(), START.plus(HOUR));
        assertAbout(store.now(), START.plus(HOUR));
    }

    private ClaimedJob claimed() {
        driver.enqueue(Jobs.work());
        return session.claimNext();
    }
}
