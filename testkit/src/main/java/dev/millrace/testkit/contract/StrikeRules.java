package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Claim;
import dev.millrace.spi.Claim.Queues;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Transition;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Poison pills end, innocents do not: a job under which workers die is claimed alone, and fails at the third strike. */
abstract class StrikeRules extends ContractPart {

    @Test
    void a_rescued_job_comes_with_its_rescues_and_a_new_token() {
        UUID id = driver.enqueue(Jobs.work());
        dieUnder(id);

        ClaimedJob again = driver.session().claimNext();

        assertThat(again.token()).isEqualTo(2);
        assertThat(again.history()).isEqualTo(new ClaimedJob.History(1, 0, 1));
        assertThat(again.history().struck()).isTrue();
    }

    @Test
    void a_worker_may_die_once_and_then_twice_more_before_the_job_fails_at_the_third_strike() {
        UUID id = driver.enqueue(Jobs.work());

        dieUnder(id);
        for (int strike = 1; strike < Transition.STRIKES; strike++) {
            assertThat(driver.state(id)).as("before strike %d", strike).isEqualTo(JobState.READY);
            dieUnder(id);
        }
        assertThat(driver.state(id)).isEqualTo(JobState.READY);
        dieUnder(id);

        JobRecord job = driver.job(id);
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(Objects.requireNonNull(job.failure()).message()).isEqualTo("its worker died 3 times");
        assertThat(driver.trail(id).runs())
                .extracting(RunRecord::end)
                .containsOnly(RunEnd.RESCUED)
                .hasSize(Transition.STRIKES + 1);
    }

    @Test
    void struck_jobs_are_claimed_only_as_many_as_allowed_and_hide_nothing_behind_them() {
        UUID struck = driver.enqueue(Jobs.work().priority(9));
        UUID alsoStruck = driver.enqueue(Jobs.work().priority(8));
        dieUnder(struck, alsoStruck);
        List<UUID> innocent = driver.enqueue(Jobs.many(3, Jobs.WORK));
        SessionDriver session = driver.session();

        assertThat(ids(session.claim(struckAllowed(1, 0)))).hasSize(1).isSubsetOf(innocent);
        List<UUID> mixed = ids(session.claim(struckAllowed(2, 1)));
        assertThat(mixed).hasSize(2).containsAnyOf(struck, alsoStruck);
        assertThat(mixed).filteredOn(innocent::contains).hasSize(1);
        assertThat(ids(session.claim(struckAllowed(9, 0)))).hasSize(1).isSubsetOf(innocent);
        assertThat(session.claim(struckAllowed(9, 0))).isEmpty();
        assertThat(session.claim(struckAllowed(9, 1))).hasSize(1);
    }

    @Test
    void the_allowance_counts_across_queues_in_order() {
        UUID one = driver.enqueue(Jobs.work().queue("one"));
        UUID two = driver.enqueue(Jobs.work().queue("two"));
        dieUnder(one, two);

        List<ClaimedJob> claimed = driver.session()
                .claim(new Claim.Next(new Queues.InOrder(List.of("one", "two")), Set.of(Jobs.WORK), -1000, 9, 1));

        assertThat(ids(claimed)).containsExactly(one);
    }

    @Test
    void this_one_struck_job_is_claimed_when_it_is_asked_for() {
        UUID id = driver.enqueue(Jobs.work());
        dieUnder(id);

        assertThat(driver.session().claimThis(id)).isPresent();
    }

    @Test
    void many_struck_jobs_at_the_head_hide_nothing_behind_them() {
        List<UUID> struck = driver.enqueue(
                Jobs.many(200, Jobs.WORK).stream().map(job -> job.priority(9)).toList());
        dieUnder(struck.toArray(UUID[]::new));
        UUID innocent = driver.enqueue(Jobs.work());

        assertThat(ids(driver.session().claim(struckAllowed(1, 0)))).containsExactly(innocent);
    }

    @Test
    void strikes_are_kept_through_a_retry_and_forgotten_when_it_is_run_again_by_hand() {
        UUID id = driver.enqueue(Jobs.work());
        dieUnder(id);
        SessionDriver session = driver.session();
        session.retry(session.claimNext(), Duration.ZERO);
        assertThat(driver.job(id).run().rescues()).isEqualTo(1);
        session.fail(session.claimNext());

        driver.runAgain(id);

        assertThat(driver.job(id).run().rescues()).isZero();
        assertThat(session.claim(struckAllowed(9, 0))).hasSize(1);
    }

    /** One session claims these jobs, and its worker dies. */
    private void dieUnder(UUID... jobs) {
        SessionDriver session = driver.session();
        for (UUID job : jobs) {
            session.take(job);
        }
        session.close();
        driver.sweep();
    }

    private static Claim struckAllowed(int limit, int struck) {
        return new Claim.Next(new Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1000, limit, struck);
    }

    private static List<UUID> ids(List<ClaimedJob> claimed) {
        return claimed.stream().map(job -> job.spec().id()).toList();
    }
}
