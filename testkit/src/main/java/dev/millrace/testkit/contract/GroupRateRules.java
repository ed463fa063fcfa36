package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.spi.Rate;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A key's rate takes a token for each of its jobs that passes its group's gate. */
abstract class GroupRateRules extends FlowPart {
    /** A token an hour, and at most two of them at once. */
    private static final Rate HOURLY = new Rate(24, DAY, 2);

    @Test
    void a_key_passes_as_many_as_it_has_tokens_and_then_one_with_each_token() {
        rate(0, HOURLY);
        List<JobDraft> jobs = of("7", 4);
        driver.enqueue(jobs);
        assertThat(count(JobState.READY, jobs)).isEqualTo(2);
        assertBlocked(Gate.GROUP, jobs.get(2), jobs.get(3));

        succeed(jobs.get(0));
        succeed(jobs.get(1));
        assertBlocked(Gate.GROUP, jobs.get(2), jobs.get(3));
        clock.advance(HOUR.plus(SECOND));
        driver.settleDown();
        assertState(JobState.READY, jobs.get(2));
        assertBlocked(Gate.GROUP, jobs.get(3));
        clock.advance(HOUR);
        driver.settleDown();

        assertState(JobState.READY, jobs.get(3));
    }

    @Test
    void the_next_token_counts_as_a_due_time_and_promotes_like_one() {
        rate(0, HOURLY);
        List<JobDraft> jobs = of("7", 3);
        driver.enqueue(jobs);

        assertAbout(idle().nextDue(), START.plus(HOUR));
        JobDraft sooner = Jobs.work().in(MINUTE);
        driver.enqueue(sooner);
        assertAbout(idle().nextDue(), START.plus(MINUTE));
        driver.cancel(sooner.id());
        clock.advance(HOUR.plus(SECOND));

        assertThat(session.claim(9)).extracting(run -> run.spec().id()).containsExactlyInAnyOrder(ids(jobs));
        assertThat(idle().nextDue()).isNull();
    }

    @Test
    void nobody_waits_for_a_token_of_a_job_that_is_gone() {
        rate(0, HOURLY);
        List<JobDraft> jobs = of("7", 3);
        driver.enqueue(jobs);

        cancel(jobs.get(2));

        assertThat(idle().nextDue()).isNull();
    }

    @Test
    void tokens_gather_up_to_the_burst_and_no_further() {
        rate(0, HOURLY);
        List<JobDraft> first = of("7", 2);
        driver.enqueue(first);
        clock.advance(DAY);
        List<JobDraft> later = of("7", 5);

        driver.enqueue(later);

        assertThat(count(JobState.READY, later)).isEqualTo(2);
    }

    @Test
    void each_key_has_tokens_of_its_own() {
        rate(0, HOURLY);
        List<JobDraft> seven = of("7", 3);
        List<JobDraft> eight = of("8", 3);
        List<JobDraft> elsewhere =
                of("7", 3).stream().map(job -> job.queue("elsewhere")).toList();

        driver.enqueue(seven);
        driver.enqueue(eight);
        driver.enqueue(elsewhere);

        assertThat(count(JobState.READY, seven)).isEqualTo(2);
        assertThat(count(JobState.READY, eight)).isEqualTo(2);
        assertThat(count(JobState.READY, elsewhere)).isEqualTo(3);
    }

    @Test
    void a_retry_needs_a_token_and_a_hand_back_or_rescue_none() {
        rate(0, HOURLY);
        List<JobDraft> jobs = of("7", 2);
        driver.enqueue(jobs);
        session.handBack(session.take(jobs.get(0).id()));
        session.retry(session.take(jobs.get(1).id()), Duration.ZERO);
        session.take(jobs.get(0).id());
        session.close();
        driver.settleDown();

        assertState(JobState.READY, jobs.get(0));
        assertBlocked(Gate.GROUP, jobs.get(1));
        clock.advance(HOUR.plus(SECOND));
        driver.settleDown();
        assertState(JobState.READY, jobs.get(1));
    }

    @Test
    void tokens_are_not_given_back() {
        rate(0, HOURLY);
        List<JobDraft> jobs = of("7", 3);
        driver.enqueue(jobs);

        cancel(jobs.get(0));
        driver.delete(jobs.get(1).id());
        driver.settleDown();

        assertBlocked(Gate.GROUP, jobs.get(2));
    }

    @Test
    void a_limit_and_a_rate_hold_both() {
        rate(1, HOURLY);
        List<JobDraft> jobs = of("7", 4);
        driver.enqueue(jobs);
        assertState(JobState.READY, jobs.get(0));

        succeed(jobs.get(0));
        assertState(JobState.READY, jobs.get(1));
        succeed(jobs.get(1));
        assertBlocked(Gate.GROUP, jobs.get(2));
        clock.advance(DAY);
        driver.settleDown();
        assertState(JobState.READY, jobs.get(2));

        assertBlocked(Gate.GROUP, jobs.get(3));
    }

    @Test
    void a_token_goes_to_the_first_by_priority() {
        rate(0, HOURLY);
        driver.enqueue(of("7", 2));
        List<JobDraft> waiting = of("7", 2);
        JobDraft urgent = of("7", 1).get(0).priority(500);
        driver.enqueue(waiting);
        driver.enqueue(urgent);
        clock.advance(HOUR.plus(SECOND));

        driver.settleDown();

        assertState(JobState.READY, urgent);
        assertThat(count(JobState.BLOCKED, waiting)).isEqualTo(2);
    }

    @Test
    void a_rate_is_changed_and_taken_away_at_run_time() {
        rate(0, HOURLY);
        List<JobDraft> jobs = of("7", 8);
        driver.enqueue(jobs);

        rate(0, new Rate(60, HOUR, 1));
        driver.settleDown();
        assertThat(count(JobState.READY, jobs)).isEqualTo(2);
        clock.advance(MINUTE.plus(SECOND));
        driver.settleDown();
        assertThat(count(JobState.READY, jobs)).isEqualTo(3);
        driver.noLimits(Jobs.QUEUE);
        driver.settleDown();

        assertThat(count(JobState.READY, jobs)).isEqualTo(8);
    }

    @Test
    void a_rate_holds_across_a_restart() {
        rate(0, HOURLY);
        List<JobDraft> jobs = of("7", 3);
        driver.enqueue(jobs);
        jobs.subList(0, 2).forEach(this::succeed);

        reopen();
        session = driver.session();
        driver.settleDown();
        assertBlocked(Gate.GROUP, jobs.get(2));
        assertAbout(idle().nextDue(), START.plus(HOUR));
        clock.advance(HOUR.plus(SECOND));

        assertThat(session.claimNext().spec().id()).isEqualTo(jobs.get(2).id());
    }

    @Test
    void very_many_waiting_for_a_token_take_one_each() {
        rate(0, HOURLY);
        List<JobDraft> jobs = of("7", 300);
        driver.enqueue(jobs);

        for (int passed = 3; passed < 6; passed++) {
            clock.advance(HOUR.plus(SECOND));
            driver.settleDown();
            assertThat(count(JobState.READY, jobs)).isEqualTo(passed);
        }
    }

    private void rate(int atOnce, Rate rate) {
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withGroup("customer", new GroupLimits(atOnce, rate)));
    }

    private static List<JobDraft> of(String key, int count) {
        return Stream.generate(() -> Jobs.work().group("customer", key))
                .limit(count)
                .toList();
    }
}
