package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Sweep;
import dev.millrace.spi.SweepReport;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What has ended is kept for its time, and no more of it than the most; sweeps delete the rest. */
abstract class PurgeRules extends ContractPart {

    @Override
    Retention retention() {
        return new Retention(HOUR, HOUR.multipliedBy(2), HOUR.multipliedBy(3), 5);
    }

    @Test
    void each_end_is_kept_for_its_own_time() {
        SessionDriver session = driver.session();
        UUID succeeded = driver.enqueue(Jobs.work());
        session.succeed(session.claimNext());
        UUID failed = driver.enqueue(Jobs.work());
        session.fail(session.claimNext());
        UUID cancelled = driver.enqueue(Jobs.work());
        driver.cancel(cancelled);
        UUID waiting = driver.enqueue(Jobs.work());

        clock.advance(HOUR.minus(MINUTE));
        assertThat(driver.sweep().purged()).isZero();
        clock.advance(MINUTE.multipliedBy(2));
        assertThat(driver.sweep().purged()).isEqualTo(1);
        assertThat(left()).containsExactlyInAnyOrder(failed, cancelled, waiting);
        clock.advance(HOUR);
        driver.sweep();
        assertThat(left()).containsExactlyInAnyOrder(failed, waiting);
        clock.advance(HOUR);
        driver.sweep();
        assertThat(left()).containsExactly(waiting);
        assertThat(driver.exists(succeeded)).isFalse();
    }

    @Test
    void a_jobs_own_time_goes_before_the_stores() {
        SessionDriver session = driver.session();
        UUID brief = driver.enqueue(Jobs.work().keepFor(MINUTE));
        session.succeed(session.claimNext());
        UUID lasting = driver.enqueue(Jobs.work().keepFor(DAY));
        session.succeed(session.claimNext());

        clock.advance(MINUTE.plus(SECOND));
        driver.sweep();
        assertThat(left()).containsExactly(lasting);
        clock.advance(HOUR.multipliedBy(5));
        driver.sweep();
        assertThat(left()).containsExactly(lasting);
        clock.advance(DAY);
        driver.sweep();
        assertThat(driver.exists(brief)).isFalse();
        assertThat(left()).isEmpty();
    }

    @Test
    void of_more_than_the_most_those_that_ended_first_go_first_but_failed_ones_stay() {
        SessionDriver session = driver.session();
        List<UUID> succeeded = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            succeeded.add(driver.enqueue(Jobs.work()));
            session.succeed(session.claimNext());
            driver.enqueue(Jobs.work());
            session.fail(session.claimNext());
            clock.advance(SECOND);
        }

        driver.sweep();

        assertThat(left(JobState.SUCCEEDED)).containsExactlyInAnyOrderElementsOf(succeeded.subList(3, 8));
        assertThat(left(JobState.FAILED)).hasSize(8);
    }

    @Test
    void succeeded_and_cancelled_jobs_are_capped_each_on_its_own() {
        SessionDriver session = driver.session();
        for (int i = 0; i < 5; i++) {
            driver.enqueue(Jobs.work());
            session.succeed(session.claimNext());
            driver.cancel(driver.enqueue(Jobs.work()));
        }
        driver.sweep();
        assertThat(left()).hasSize(10);

        driver.cancel(driver.enqueue(Jobs.work()), driver.enqueue(Jobs.work()));
        driver.sweep();

        assertThat(left(JobState.SUCCEEDED)).hasSize(5);
        assertThat(left(JobState.CANCELLED)).hasSize(5);
    }

    @Test
    void a_purged_jobs_id_stays_known_for_an_hour_and_what_it_left_is_gone() {
        JobDraft draft = Jobs.work();
        driver.enqueue(draft);
        SessionDriver session = driver.session();
        session.succeed(session.claimNext());
        clock.advance(HOUR.plus(SECOND));
        driver.sweep();

        assertThat(driver.offer(draft)).isEqualTo(new Answer.Known(draft.id()));
        assertThat(driver.trail(draft.id()).runs()).isEmpty();
        clock.advance(HOUR.plus(SECOND));
        driver.sweep();
        assertThat(driver.offer(draft)).isEqualTo(new Answer.Stored(draft.id()));
    }

    @Test
    void purging_is_bounded_and_says_that_there_is_more() {
        List<UUID> jobs = driver.enqueue(Jobs.many(25, Jobs.WORK));
        driver.cancel(jobs.toArray(UUID[]::new));
        clock.advance(DAY);

        SweepReport first = store.sweep(new Sweep(LEASE, 10));
        assertThat(first.purged()).isEqualTo(10);
        assertThat(first.more()).isTrue();
        store.sweep(new Sweep(LEASE, 10));
        assertThat(store.sweep(new Sweep(LEASE, 10)).purged()).isEqualTo(5);
        assertThat(left()).isEmpty();
    }

    private List<UUID> left() {
        return driver.find(Filter.ALL).stream().map(JobRecord::id).toList();
    }

    private List<UUID> left(JobState state) {
        return driver.find(Filter.ALL.withStates(Set.of(state))).stream()
                .map(JobRecord::id)
                .toList();
    }
}
