package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.ExchangeReply;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A queue's rate takes a token for each claim; its jobs stay READY meanwhile. */
abstract class QueueRateRules extends FlowPart {
    /** A token an hour, and at most three of them at once. */
    private static final Rate HOURLY = new Rate(24, DAY, 3);

    @Test
    void claims_take_as_many_as_there_are_tokens_and_leave_the_rest_ready() {
        rate(HOURLY);
        List<JobDraft> jobs = works(6);
        driver.enqueue(jobs);

        assertThat(session.claim(9)).hasSize(3);
        assertThat(session.claim(9)).isEmpty();
        assertThat(count(JobState.READY, jobs)).isEqualTo(3);
        clock.advance(HOUR.plus(SECOND));
        assertThat(session.claim(9)).hasSize(1);
        assertThat(session.claim(9)).isEmpty();
        clock.advance(DAY);

        assertThat(session.claim(9)).hasSize(2);
    }

    @Test
    void tokens_gather_up_to_the_burst_and_no_further() {
        rate(HOURLY);
        driver.enqueue(works(9));
        assertThat(session.claim(2)).hasSize(2);
        clock.advance(DAY);

        assertThat(session.claim(9)).hasSize(3);
    }

    @Test
    void jobs_are_claimed_in_their_order_and_by_their_kinds() {
        rate(HOURLY);
        JobDraft other = Jobs.plain("other").priority(900);
        JobDraft low = Jobs.work().priority(-500);
        JobDraft high = Jobs.work().priority(500);
        JobDraft middle = Jobs.work();
        enqueue(other, low, high, middle);

        assertThat(session.claim(2)).extracting(run -> run.spec().id()).containsExactly(high.id(), middle.id());
        assertThat(driver.session("another", "other").claim(9))
                .extracting(run -> run.spec().id())
                .containsExactly(other.id());
        assertThat(session.claim(9)).isEmpty();

        assertState(JobState.READY, low);
    }

    @Test
    void the_next_token_is_told_while_ready_jobs_wait_for_it() {
        rate(HOURLY);
        List<JobDraft> jobs = works(4);
        driver.enqueue(jobs);
        session.claim(9);

        assertAbout(idle().nextDue(), START.plus(HOUR));
        JobDraft sooner = Jobs.plain("other").queue("elsewhere").in(MINUTE);
        driver.enqueue(sooner);
        assertAbout(idle().nextDue(), START.plus(MINUTE));
        driver.cancel(sooner.id());
        clock.advance(HOUR.plus(SECOND));
        session.claim(9);

        assertThat(idle().nextDue()).isNull();
    }

    @Test
    void jobs_without_a_token_are_no_claimable_work_for_a_beat() {
        rate(HOURLY);
        driver.enqueue(works(4));
        assertThat(session.beat().claimable()).isTrue();
        session.claim(9);

        assertThat(session.beat().claimable()).isFalse();
        JobDraft elsewhere = Jobs.work().queue("elsewhere");
        driver.enqueue(elsewhere);
        assertThat(session.beat().claimable()).isTrue();
        driver.cancel(elsewhere.id());
        clock.advance(HOUR.plus(SECOND));

        assertThat(session.beat().claimable()).isTrue();
    }

    @Test
    void this_one_job_is_claimed_without_a_token_and_takes_none() {
        rate(HOURLY);
        List<JobDraft> jobs = works(6);
        driver.enqueue(jobs);
        session.take(jobs.get(5).id());
        assertThat(session.claim(9)).hasSize(3);

        session.take(jobs.get(4).id());
    }

    @Test
    void other_queues_are_claimed_as_if_there_were_no_rate() {
        rate(HOURLY);
        driver.enqueue(works(6));
        List<JobDraft> elsewhere =
                works(6).stream().map(job -> job.queue("elsewhere")).toList();
        driver.enqueue(elsewhere);

        List<ClaimedJob> claimed = session.claim(20);

        assertThat(claimed).hasSize(9);
        assertThat(claimed.stream().filter(run -> run.spec().queue().equals("elsewhere")))
                .hasSize(6);
    }

    @Test
    void a_queue_without_tokens_leaves_the_room_to_later_ones() {
        rate(HOURLY);
        driver.enqueue(works(6));
        List<JobDraft> elsewhere =
                works(6).stream().map(job -> job.queue("elsewhere")).toList();
        driver.enqueue(elsewhere);

        List<ClaimedJob> claimed = session.claimFrom(5, Jobs.QUEUE, "elsewhere");

        assertThat(claimed.stream().filter(run -> run.spec().queue().equals(Jobs.QUEUE)))
                .hasSize(3);
        assertThat(claimed).hasSize(5);
    }

    @Test
    void a_claim_with_less_room_than_tokens_takes_only_what_it_gives() {
        rate(HOURLY);
        driver.enqueue(works(6));

        assertThat(session.claim(1)).hasSize(1);
        assertThat(session.claim(9)).hasSize(2);
        assertThat(session.claim(9)).isEmpty();
    }

    @Test
    void a_claim_that_finds_nothing_takes_no_token() {
        rate(HOURLY);
        driver.enqueue(Jobs.plain("other"));
        for (int i = 0; i < 5; i++) {
            assertThat(session.claim(9)).isEmpty();
        }
        driver.enqueue(works(4));

        assertThat(session.claim(9)).hasSize(3);
    }

    @Test
    void tokens_are_not_given_back() {
        rate(HOURLY);
        List<JobDraft> jobs = works(5);
        driver.enqueue(jobs);
        List<ClaimedJob> runs = session.claim(9);

        session.handBack(runs.get(0));
        session.snooze(runs.get(1), Duration.ZERO);
        session.retry(runs.get(2), Duration.ZERO);

        assertThat(session.claim(9)).isEmpty();
        assertThat(count(JobState.READY, jobs)).isEqualTo(5);
    }

    @Test
    void two_workers_share_the_tokens() {
        rate(HOURLY);
        driver.enqueue(works(9));
        StoreDriver second = secondView();
        List<SessionDriver> both = List.of(session, second.session());

        List<List<ClaimedJob>> claimed = Together.each(
                both,
                one -> Stream.generate(() -> one.claim(1))
                        .limit(6)
                        .flatMap(List::stream)
                        .toList());

        assertThat(claimed.stream().mapToInt(List::size).sum()).isEqualTo(3);
    }

    @Test
    void a_rate_is_changed_and_taken_away_at_run_time() {
        rate(HOURLY);
        driver.enqueue(works(20));
        session.claim(9);

        rate(new Rate(60, HOUR, 2));
        assertThat(session.claim(9)).isEmpty();
        clock.advance(MINUTE.multipliedBy(10));
        assertThat(session.claim(9)).hasSize(2);
        driver.noLimits(Jobs.QUEUE);

        assertThat(session.claim(9)).hasSize(9);
        assertThat(idle().nextDue()).isNull();
    }

    @Test
    void a_rate_set_behind_claims_counts_from_then() {
        driver.enqueue(works(9));
        assertThat(session.claim(4)).hasSize(4);

        rate(HOURLY);

        assertThat(session.claim(9)).hasSize(3);
    }

    @Test
    void a_rate_holds_across_a_restart() {
        rate(HOURLY);
        driver.enqueue(works(6));
        assertThat(session.claim(9)).hasSize(3);

        reopen();
        session = driver.session();
        assertThat(session.claim(9)).isEmpty();
        assertAbout(idle().nextDue(), START.plus(HOUR));
        clock.advance(HOUR.plus(SECOND));

        assertThat(session.claim(9)).hasSize(1);
    }

    @Test
    void a_rate_and_a_group_hold_both() {
        rate(HOURLY);
        List<JobDraft> serial =
                Stream.generate(() -> Jobs.work().serial("k")).limit(5).toList();
        driver.enqueue(serial);

        for (int i = 0; i < 3; i++) {
            session.succeed(session.claimNext());
            driver.settleDown();
        }

        assertState(JobState.READY, serial.get(3));
        ExchangeReply reply = idle();
        assertThat(session.claim(9)).isEmpty();
        assertAbout(reply.nextDue(), START.plus(HOUR));
    }

    @Test
    void an_expired_job_in_the_way_of_a_claim_takes_no_token() {
        rate(HOURLY);
        List<JobDraft> expiring =
                works(4).stream().map(job -> job.expiresIn(MINUTE)).toList();
        driver.enqueue(expiring);
        List<JobDraft> lasting = works(4);
        driver.enqueue(lasting);
        clock.advance(HOUR);

        List<ClaimedJob> claimed = new ArrayList<>(session.claim(9));
        claimed.addAll(session.claim(9));

        assertThat(claimed).hasSize(3);
    }

    private void rate(Rate rate) {
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withRate(rate));
    }
}
