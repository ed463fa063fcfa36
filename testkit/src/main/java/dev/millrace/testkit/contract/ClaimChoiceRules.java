package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.Claim.Queues;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobRecord;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Which jobs a claim takes, and which it leaves alone. */
abstract class ClaimChoiceRules extends ContractPart {

    @Test
    void a_claimed_job_is_running_under_a_token_and_brings_all_that_its_producer_said() {
        JobDraft draft = Jobs.work()
                .priority(7)
                .options("{\"timeout\":30}")
                .tag("tenant:acme")
                .meta("locale", "en")
                .unique("welcome")
                .expiresIn(DAY);
        driver.enqueue(draft);
        SessionDriver session = driver.session();

        ClaimedJob claimed = session.claimNext();

        assertThat(claimed.spec()).usingRecursiveComparison().isEqualTo(draft.spec());
        assertThat(claimed.token()).isEqualTo(1);
        assertThat(claimed.history()).isEqualTo(new ClaimedJob.History(1, 0, 0));
        assertThat(claimed.steps()).isEmpty();
        JobRecord job = driver.job(draft.id());
        assertThat(job.state()).isEqualTo(JobState.RUNNING);
        assertThat(job.run().session()).isEqualTo(session.id());
        assertThat(job.run().token()).isEqualTo(1);
        assertThat(job.run().attempt()).isEqualTo(1);
        assertAbout(job.times().startedAt(), START);
        assertThat(claimed.times())
                .isEqualTo(new ClaimedJob.Times(
                        job.times().createdAt(),
                        job.times().dueAt(),
                        job.times().expiresAt()));
        assertAbout(claimed.times().expiresAt(), START.plus(DAY));
    }

    @Test
    void no_more_than_the_limit_is_claimed() {
        driver.enqueue(Jobs.many(5, Jobs.WORK));
        SessionDriver session = driver.session();

        assertThat(session.claim(3)).hasSize(3);
        assertThat(session.claim(3)).hasSize(2);
        assertThat(session.claim(3)).isEmpty();
    }

    @Test
    void a_limit_of_zero_and_a_claim_of_nothing_claim_nothing() {
        UUID job = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();

        assertThat(session.claim(0)).isEmpty();
        assertThat(session.claim(new Claim.Nothing())).isEmpty();
        assertThat(driver.state(job)).isEqualTo(JobState.READY);
    }

    @Test
    void a_kind_without_a_handler_here_is_left_for_other_workers() {
        UUID other = driver.enqueue(Jobs.plain("other").priority(9));
        UUID mine = driver.enqueue(Jobs.work());

        assertThat(ids(driver.session().claim(9))).containsExactly(mine);
        assertThat(driver.state(other)).isEqualTo(JobState.READY);
        assertThat(ids(driver.session("another", "other").claim(9))).containsExactly(other);
    }

    @Test
    void a_worker_without_kinds_gets_nothing() {
        UUID job = driver.enqueue(Jobs.work());

        assertThat(driver.session("idle").claim(9)).isEmpty();
        assertThat(driver.session("idle").claimThis(job)).isEmpty();
    }

    @Test
    void all_queues_but_some_leaves_those_alone() {
        UUID mail = driver.enqueue(Jobs.work().queue("mail"));
        UUID reports = driver.enqueue(Jobs.work().queue("reports"));
        UUID paused = driver.enqueue(Jobs.work().queue("paused").priority(9));
        SessionDriver session = driver.session();

        assertThat(ids(session.claim(session.next(new Queues.AllBut(Set.of("paused", "unknown")), 9))))
                .containsExactlyInAnyOrder(mail, reports);
        assertThat(driver.state(paused)).isEqualTo(JobState.READY);
    }

    @Test
    void queues_that_are_not_named_are_left_alone() {
        UUID mail = driver.enqueue(Jobs.work().queue("mail"));
        UUID other = driver.enqueue(Jobs.work().queue("other").priority(9));

        assertThat(ids(driver.session().claimFrom(9, "unknown", "mail"))).containsExactly(mail);
        assertThat(driver.session().claimFrom(9)).isEmpty();
        assertThat(driver.state(other)).isEqualTo(JobState.READY);
    }

    @Test
    void jobs_below_the_least_priority_are_left_alone() {
        UUID below = driver.enqueue(Jobs.work().priority(4));
        UUID equal = driver.enqueue(Jobs.work().priority(5));
        UUID above = driver.enqueue(Jobs.work().priority(6));

        List<ClaimedJob> claimed =
                driver.session().claim(new Claim.Next(new Queues.AllBut(Set.of()), Set.of(Jobs.WORK), 5, 9, 0));

        assertThat(ids(claimed)).containsExactlyInAnyOrder(equal, above);
        assertThat(driver.state(below)).isEqualTo(JobState.READY);
    }

    @Test
    void a_job_that_is_not_due_is_not_claimed() {
        driver.enqueue(Jobs.work().in(MINUTE));
        SessionDriver session = driver.session();

        clock.advance(MINUTE.minus(SECOND));
        assertThat(session.claim(9)).isEmpty();
        clock.advance(SECOND.multipliedBy(2));
        assertThat(session.claim(9)).hasSize(1);
    }

    @Test
    void this_one_job_is_claimed_when_it_is_ready_whatever_its_queue_and_priority() {
        driver.enqueue(Jobs.work().priority(1000));
        UUID wanted = driver.enqueue(Jobs.work().queue("elsewhere").priority(-1000));

        assertThat(driver.session().claimThis(wanted))
                .hasValueSatisfying(claimed -> assertThat(claimed.spec().id()).isEqualTo(wanted));
        assertThat(driver.state(wanted)).isEqualTo(JobState.RUNNING);
    }

    @Test
    void this_one_job_is_claimed_before_its_due_time() {
        UUID wanted = driver.enqueue(Jobs.work().in(HOUR));

        assertThat(driver.session().claimThis(wanted)).isPresent();
        assertThat(driver.state(wanted)).isEqualTo(JobState.RUNNING);
    }

    @Test
    void this_one_job_is_not_claimed_when_it_runs_has_ended_is_unknown_or_is_of_another_kind() {
        SessionDriver session = driver.session();
        UUID running = driver.enqueue(Jobs.work());
        session.take(running);
        UUID succeeded = driver.enqueue(Jobs.work());
        session.succeed(session.take(succeeded));
        UUID cancelled = driver.enqueue(Jobs.work());
        driver.cancel(cancelled);
        UUID other = driver.enqueue(Jobs.plain("other"));

        for (UUID job : List.of(running, succeeded, cancelled, other, Jobs.newId())) {
            assertThat(session.claimThis(job)).isEmpty();
        }
        assertThat(driver.job(running).run().token()).isEqualTo(1);
        assertThat(driver.state(other)).isEqualTo(JobState.READY);
    }

    @Test
    void an_expired_job_is_cancelled_instead_of_claimed_and_the_next_is_claimed_in_its_place() {
        UUID expired = driver.enqueue(Jobs.work().priority(9).expiresIn(MINUTE));
        UUID fresh = driver.enqueue(Jobs.work());
        clock.advance(MINUTE.plus(SECOND));

        assertThat(ids(driver.session().claim(1))).containsExactly(fresh);

        assertThat(driver.state(expired)).isEqualTo(JobState.CANCELLED);
        assertThat(driver.job(expired).cancelReason()).isEqualTo(CancelReason.EXPIRED);
        assertThat(driver.job(expired).run().token()).isZero();
    }

    @Test
    void this_one_job_is_cancelled_instead_of_claimed_when_it_has_expired() {
        UUID expired = driver.enqueue(Jobs.work().in(HOUR).expiresIn(MINUTE));
        clock.advance(MINUTE.plus(SECOND));

        assertThat(driver.session().claimThis(expired)).isEmpty();

        assertThat(driver.job(expired).cancelReason()).isEqualTo(CancelReason.EXPIRED);
    }

    @Test
    void a_job_is_claimed_until_just_before_its_expiry() {
        UUID job = driver.enqueue(Jobs.work().expiresIn(MINUTE));
        clock.advance(MINUTE.minus(SECOND));

        assertThat(ids(driver.session().claim(9))).containsExactly(job);
    }

    @Test
    void jobs_of_an_unknown_kind_at_the_head_hide_nothing_behind_them() {
        driver.enqueue(
                Jobs.many(2_000, "unknown").stream().map(job -> job.priority(9)).toList());
        UUID known = driver.enqueue(Jobs.work().priority(-9));

        assertThat(ids(driver.session().claim(1))).containsExactly(known);
    }

    @Test
    void expired_jobs_at_the_head_hide_nothing_behind_them() {
        driver.enqueue(Jobs.many(300, Jobs.WORK).stream()
                .map(job -> job.priority(9).expiresIn(MINUTE))
                .toList());
        UUID fresh = driver.enqueue(Jobs.work());
        clock.advance(HOUR);

        assertThat(ids(driver.session().claim(1))).containsExactly(fresh);
    }

    static List<UUID> ids(List<ClaimedJob> claimed) {
        return claimed.stream().map(job -> job.spec().id()).toList();
    }
}
