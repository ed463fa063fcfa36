package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Keys.Conflict;
import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.Keys.Unique;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Retention;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Until when a unique key is taken: the holder says so once it has ended, the newcomer while it runs. */
abstract class UniqueModeRules extends FlowPart {
    private static final Unique WINDOW = new Unique("k", Conflict.SKIP, Scope.UNFINISHED, HOUR);
    private static final Unique STORED = new Unique("k", Conflict.SKIP, Scope.STORED, Duration.ZERO);
    private static final Unique WAITING = new Unique("k", Conflict.SKIP, Scope.WAITING, Duration.ZERO);

    @Override
    Retention retention() {
        return new Retention(MINUTE, MINUTE, MINUTE, 1_000);
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void one_that_waits_at_any_gate_keeps_a_newcomer_out(Scope scope) {
        Unique unique = new Unique("k", Conflict.SKIP, scope, Duration.ZERO);
        JobDraft parent = Jobs.plain("other");
        JobDraft place = Jobs.plain("other").serial("g");
        enqueue(parent, place);
        for (JobDraft holder : List.of(
                Jobs.work(),
                Jobs.work().in(HOUR),
                Jobs.work().after(parent),
                Jobs.work().serial("g"))) {
            driver.enqueue(holder.unique(unique));

            assertThat(driver.offer(Jobs.work().unique(unique))).isEqualTo(new Answer.Duplicate(holder.id()));

            driver.delete(holder.id());
        }
    }

    @ParameterizedTest
    @EnumSource(Conflict.class)
    void a_key_with_a_window_stays_taken_for_that_time_after_any_end(Conflict conflict) {
        Unique newcomers = new Unique("k", conflict, Scope.UNFINISHED, Duration.ZERO);
        JobDraft succeeds = Jobs.work().unique(WINDOW);
        driver.enqueue(succeeds);
        clock.advance(MINUTE);
        succeed(succeeds);

        clock.advance(HOUR.minus(MINUTE));
        driver.settleDown();
        assertThat(driver.offer(Jobs.work().unique(newcomers))).isEqualTo(new Answer.Duplicate(succeeds.id()));
        clock.advance(MINUTE.plus(SECOND));

        JobDraft next = Jobs.work().unique(WINDOW);
        assertThat(driver.offer(next)).isEqualTo(new Answer.Stored(next.id()));
        cancel(next);
        assertThat(driver.offer(Jobs.work().unique(newcomers))).isEqualTo(new Answer.Duplicate(next.id()));
    }

    @Test
    void the_end_of_a_window_is_free_whether_or_not_a_sweep_has_come_by() {
        JobDraft holder = Jobs.work().unique(WINDOW);
        driver.enqueue(holder);
        succeed(holder);
        clock.advance(HOUR.plus(SECOND));

        JobDraft next = Jobs.work().unique(WINDOW);
        assertThat(driver.offer(next)).isEqualTo(new Answer.Stored(next.id()));

        assertThat(driver.offer(Jobs.work().unique(WINDOW))).isEqualTo(new Answer.Duplicate(next.id()));
    }

    @Test
    void a_holder_is_kept_at_least_as_long_as_its_key_is_taken() {
        JobDraft window = Jobs.work().unique(WINDOW);
        JobDraft longer = Jobs.work()
                .unique(new Unique("l", Conflict.SKIP, Scope.UNFINISHED, HOUR))
                .keepFor(DAY);
        enqueue(window, longer);
        succeed(window);
        succeed(longer);

        assertAbout(job(window).times().keepUntil(), START.plus(HOUR));
        assertAbout(job(longer).times().keepUntil(), START.plus(DAY));
        clock.advance(HOUR.minus(MINUTE));
        driver.settleDown();

        assertThat(driver.exists(window.id())).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Conflict.class)
    void a_key_for_as_long_as_its_job_is_stored_stays_taken_until_that_is_deleted(Conflict conflict) {
        Unique newcomers = new Unique("k", conflict, Scope.UNFINISHED, Duration.ZERO);
        JobDraft holder = Jobs.work().unique(STORED).keepFor(DAY);
        driver.enqueue(holder);
        fail(holder);
        clock.advance(HOUR);
        driver.settleDown();
        assertThat(driver.offer(Jobs.work().unique(newcomers))).isEqualTo(new Answer.Duplicate(holder.id()));

        driver.delete(holder.id());

        JobDraft next = Jobs.work().unique(newcomers);
        assertThat(driver.offer(next)).isEqualTo(new Answer.Stored(next.id()));
    }

    @Test
    void a_key_is_free_when_its_ended_job_is_purged() {
        JobDraft holder = Jobs.work().unique(STORED);
        driver.enqueue(holder);
        succeed(holder);
        clock.advance(MINUTE.plus(SECOND));
        driver.settleDown();
        assertThat(driver.exists(holder.id())).isFalse();

        driver.enqueue(Jobs.work().unique(STORED));
    }

    @Test
    void deleting_a_holder_within_its_window_frees_the_key() {
        JobDraft holder = Jobs.work().unique(WINDOW);
        driver.enqueue(holder);
        succeed(holder);

        driver.delete(holder.id());

        driver.enqueue(Jobs.work().unique(WINDOW));
    }

    @Test
    void a_holder_whose_key_is_still_taken_may_be_run_again_itself() {
        for (Unique unique : List.of(WINDOW, STORED)) {
            JobDraft holder = Jobs.work().unique(unique);
            driver.enqueue(holder);
            fail(holder);

            runAgain(holder);

            assertState(JobState.READY, holder);
            assertThat(driver.offer(Jobs.work().unique(unique))).isEqualTo(new Answer.Duplicate(holder.id()));
            succeed(holder);
            assertThat(driver.offer(Jobs.work().unique(unique))).isEqualTo(new Answer.Duplicate(holder.id()));
            driver.delete(holder.id());
        }
    }

    @Test
    void an_earlier_job_of_the_key_is_not_run_again_while_an_ended_one_holds_it() {
        JobDraft earlier = Jobs.work().unique("k");
        driver.enqueue(earlier);
        fail(earlier);
        JobDraft holder = Jobs.work().unique(STORED);
        driver.enqueue(holder);
        succeed(holder);

        OperationReport report = driver.runAgain(earlier.id());

        assertThat(report.refused()).containsOnlyKeys(earlier.id());
        assertThat(report.refused().get(earlier.id())).contains(holder.id().toString());
    }

    @Test
    void keys_that_outlast_their_jobs_outlast_a_restart() {
        JobDraft window = Jobs.work().unique(WINDOW);
        driver.enqueue(window);
        succeed(window);

        reopen();
        session = driver.session();

        assertThat(driver.offer(Jobs.work().unique(WINDOW))).isEqualTo(new Answer.Duplicate(window.id()));
        clock.advance(HOUR.plus(SECOND));
        driver.enqueue(Jobs.work().unique(WINDOW));
    }

    @Test
    void a_key_among_those_that_wait_passes_to_a_newcomer_while_its_job_runs() {
        JobDraft first = Jobs.work().unique(WAITING);
        driver.enqueue(first);
        ClaimedJob run = session.take(first.id());
        JobDraft second = Jobs.work().unique(WAITING);

        assertThat(driver.offer(second)).isEqualTo(new Answer.Stored(second.id()));

        assertThat(driver.offer(Jobs.work().unique(WAITING))).isEqualTo(new Answer.Duplicate(second.id()));
        session.succeed(run);
        assertThat(driver.offer(Jobs.work().unique(WAITING))).isEqualTo(new Answer.Duplicate(second.id()));
        cancel(second);
        driver.enqueue(Jobs.work().unique(WAITING));
    }

    @Test
    void retries_of_a_job_whose_key_has_passed_carry_none() {
        JobDraft first = Jobs.work().unique(WAITING);
        driver.enqueue(first);
        ClaimedJob run = session.take(first.id());
        JobDraft second = Jobs.work().unique(WAITING);
        driver.enqueue(second);

        session.retry(run, Duration.ZERO);
        driver.settleDown();

        assertState(JobState.READY, first, second);
        assertThat(job(first).spec().keys().uniqueKey()).isNull();
        assertThat(job(second).spec().keys().uniqueKey()).isEqualTo("k");
        cancel(second);
        JobDraft third = Jobs.work().unique(WAITING);
        assertThat(driver.offer(third)).isEqualTo(new Answer.Stored(third.id()));
        succeed(first);
        assertThat(driver.offer(Jobs.work().unique(WAITING))).isEqualTo(new Answer.Duplicate(third.id()));
    }

    @Test
    void handed_back_and_rescued_jobs_whose_key_has_passed_carry_none_either() {
        JobDraft first = Jobs.work().unique(WAITING);
        driver.enqueue(first);
        ClaimedJob run = session.take(first.id());
        JobDraft second = Jobs.work().unique(WAITING);
        driver.enqueue(second);
        session.handBack(run);
        driver.settleDown();
        session.take(first.id());
        session.take(second.id());
        JobDraft third = Jobs.work().unique(WAITING);
        driver.enqueue(third);

        session.close();
        driver.settleDown();

        assertState(JobState.READY, first, second, third);
        assertThat(driver.offer(Jobs.work().unique(WAITING))).isEqualTo(new Answer.Duplicate(third.id()));
    }

    @Test
    void a_job_whose_key_nobody_took_while_it_ran_has_it_when_it_waits_again() {
        JobDraft first = Jobs.work().unique(WAITING);
        driver.enqueue(first);

        session.retry(session.take(first.id()), HOUR);

        assertThat(driver.offer(Jobs.work().unique(WAITING))).isEqualTo(new Answer.Duplicate(first.id()));
    }

    @Test
    void a_key_among_those_that_wait_is_free_when_its_job_ends() {
        JobDraft first = Jobs.work().unique(WAITING);
        driver.enqueue(first);
        succeed(first);

        driver.enqueue(Jobs.work().unique(WAITING));
    }

    @Test
    void a_key_among_those_that_wait_is_taken_by_the_first_of_two_in_one_call() {
        JobDraft first = Jobs.work().unique(WAITING);
        JobDraft second = Jobs.work().unique(WAITING);

        assertThat(driver.offer(List.of(first, second)))
                .containsExactly(new Answer.Stored(first.id()), new Answer.Duplicate(first.id()));
    }

    @Test
    void an_abandoned_child_frees_its_key() {
        JobDraft parent = Jobs.plain("other");
        JobDraft child = Jobs.work().after(parent).unique("k");
        enqueue(parent, child);
        assertBlocked(Gate.PARENTS, child);

        cancel(parent);

        driver.enqueue(Jobs.work().unique("k"));
    }
}
