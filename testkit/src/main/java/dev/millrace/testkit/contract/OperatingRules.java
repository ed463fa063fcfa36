package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Due;
import dev.millrace.spi.Examination;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What people do to jobs: cancel, delete, reschedule, reprioritize. {@link RunAgainRules} has the rest. */
abstract class OperatingRules extends ContractPart {

    @Test
    void a_waiting_job_is_cancelled_at_once() {
        UUID ready = driver.enqueue(Jobs.work());
        UUID scheduled = driver.enqueue(Jobs.work().in(HOUR));

        OperationReport report = driver.cancel(ready, scheduled);

        assertThat(report.done()).containsExactlyInAnyOrder(ready, scheduled);
        assertThat(report.requested()).isEmpty();
        assertThat(report.refused()).isEmpty();
        for (UUID id : List.of(ready, scheduled)) {
            assertThat(driver.state(id)).isEqualTo(JobState.CANCELLED);
            assertThat(driver.job(id).cancelReason()).isEqualTo(CancelReason.REQUESTED);
            assertAbout(driver.job(id).times().finishedAt(), START);
        }
        assertThat(driver.session().claim(9)).isEmpty();
    }

    @Test
    void a_running_job_is_asked_to_stop_and_goes_on_running() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        ClaimedJob run = session.claimNext();

        OperationReport report = driver.cancel(id);

        assertThat(report.requested()).containsExactly(id);
        assertThat(report.done()).isEmpty();
        assertThat(driver.state(id)).isEqualTo(JobState.RUNNING);
        assertThat(driver.job(id).run().cancelRequested()).isTrue();
        session.succeed(run);
        assertThat(driver.state(id)).isEqualTo(JobState.CANCELLED);
        assertThat(driver.job(id).run().cancelRequested()).isFalse();
    }

    @Test
    void what_has_ended_cannot_be_cancelled_and_the_refusal_says_why() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        session.succeed(session.claimNext());

        OperationReport report = driver.cancel(id);

        assertThat(report.done()).isEmpty();
        assertThat(report.refused()).containsOnlyKeys(id);
        assertThat(report.refused().get(id)).isNotBlank();
        assertThat(driver.state(id)).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void a_job_that_does_not_run_is_deleted_with_all_it_left() {
        SessionDriver session = driver.session();
        UUID failed = driver.enqueue(Jobs.work());
        session.fail(session.claimNext());
        UUID ready = driver.enqueue(Jobs.work());
        UUID scheduled = driver.enqueue(Jobs.work().in(HOUR));

        assertThat(driver.delete(failed, ready, scheduled).done()).containsExactlyInAnyOrder(failed, ready, scheduled);

        assertThat(driver.find(Filter.ALL)).isEmpty();
        assertThat(driver.trail(failed).runs()).isEmpty();
        assertThat(session.claim(9)).isEmpty();
    }

    @Test
    void a_running_job_is_not_deleted() {
        UUID id = driver.enqueue(Jobs.work());
        driver.session().claimNext();

        OperationReport report = driver.delete(id);

        assertThat(report.done()).isEmpty();
        assertThat(report.refused()).containsOnlyKeys(id);
        assertThat(driver.state(id)).isEqualTo(JobState.RUNNING);
    }

    @Test
    void a_new_due_time_moves_a_job_between_scheduled_and_ready() {
        UUID ready = driver.enqueue(Jobs.work());
        UUID scheduled = driver.enqueue(Jobs.work().in(HOUR));
        clock.advance(MINUTE);

        driver.operate(new Operation.Reschedule(new Due.After(HOUR)), ready);
        driver.operate(new Operation.Reschedule(Due.NOW), scheduled);

        assertThat(driver.state(ready)).isEqualTo(JobState.SCHEDULED);
        assertAbout(driver.job(ready).times().dueAt(), START.plus(MINUTE).plus(HOUR));
        assertThat(driver.state(scheduled)).isEqualTo(JobState.READY);
        assertAbout(driver.job(scheduled).times().dueAt(), START.plus(MINUTE));
        SessionDriver session = driver.session();
        assertThat(session.claim(9)).extracting(run -> run.spec().id()).containsExactly(scheduled);
        clock.advance(HOUR.plus(SECOND));
        assertThat(session.claim(9)).extracting(run -> run.spec().id()).containsExactly(ready);
    }

    @Test
    void a_scheduled_job_given_another_time_waits_for_that() {
        UUID id = driver.enqueue(Jobs.work().in(HOUR));

        driver.operate(new Operation.Reschedule(new Due.At(START.plus(DAY))), id);

        SessionDriver session = driver.session();
        clock.advance(HOUR.multipliedBy(2));
        assertThat(session.claim(9)).isEmpty();
        clock.advance(DAY);
        assertThat(session.claim(9)).hasSize(1);
    }

    @Test
    void a_new_priority_counts_in_the_next_claim() {
        UUID first = driver.enqueue(Jobs.work());
        UUID second = driver.enqueue(Jobs.work());
        UUID third = driver.enqueue(Jobs.work());

        driver.operate(new Operation.Reprioritize(7), third);
        driver.operate(new Operation.Reprioritize(-7), first);

        assertThat(driver.job(third).spec().priority()).isEqualTo(7);
        assertThat(driver.session().claim(9)).extracting(run -> run.spec().id()).containsExactly(third, second, first);
    }

    @Test
    void a_new_priority_holds_for_a_scheduled_job_once_it_is_due() {
        UUID scheduled = driver.enqueue(Jobs.work().in(HOUR));
        driver.operate(new Operation.Reprioritize(7), scheduled);
        UUID ready = driver.enqueue(Jobs.work());
        clock.advance(HOUR.plus(SECOND));

        assertThat(driver.session().claim(9)).extracting(run -> run.spec().id()).containsExactly(scheduled, ready);
    }

    @Test
    void what_runs_or_has_ended_gets_no_new_due_time_or_priority() {
        SessionDriver session = driver.session();
        UUID ended = driver.enqueue(Jobs.work());
        session.fail(session.claimNext());
        UUID running = driver.enqueue(Jobs.work());
        session.claimNext();

        for (Operation operation :
                List.of(new Operation.Reschedule(new Due.After(HOUR)), new Operation.Reprioritize(7))) {
            OperationReport report = driver.operate(operation, ended, running);
            assertThat(report.done()).isEmpty();
            assertThat(report.refused()).containsOnlyKeys(ended, running);
        }
        assertThat(driver.state(running)).isEqualTo(JobState.RUNNING);
        assertThat(driver.job(running).spec().priority()).isZero();
    }

    @Test
    void a_filter_that_finds_nothing_does_nothing() {
        driver.enqueue(Jobs.work());

        OperationReport report = store.operate(new Operation.Cancel(), Filter.ALL.withQueue("nowhere"), null, 10);

        assertThat(report).isEqualTo(new OperationReport(List.of(), List.of(), Map.of(), null));
    }

    @Test
    void jobs_are_operated_on_by_filter_in_batches_with_a_cursor() {
        List<UUID> wanted = driver.enqueue(
                Jobs.many(25, Jobs.WORK).stream().map(job -> job.tag("old")).toList());
        List<UUID> others = driver.enqueue(Jobs.many(5, Jobs.WORK));

        List<UUID> done = inBatches(new Operation.Cancel(), Filter.ALL.withTag("old"), 10);

        assertThat(done).containsExactlyInAnyOrderElementsOf(wanted).doesNotHaveDuplicates();
        assertThat(driver.find(Filter.ALL.withStates(Set.of(JobState.READY))))
                .extracting(job -> job.id())
                .containsExactlyInAnyOrderElementsOf(others);
    }

    @Test
    void deleting_by_the_state_that_is_left_behind_reaches_all() {
        List<UUID> jobs = driver.enqueue(Jobs.many(25, Jobs.WORK));

        List<UUID> done = inBatches(new Operation.Delete(), Filter.ALL.withStates(Set.of(JobState.READY)), 10);

        assertThat(done).containsExactlyInAnyOrderElementsOf(jobs);
        assertThat(driver.find(Filter.ALL)).isEmpty();
    }

    @Test
    void a_batch_in_which_all_are_refused_leads_on_to_the_next() {
        List<UUID> old = driver.enqueue(Jobs.many(5, Jobs.WORK));
        driver.enqueue(Jobs.many(15, "other"));
        driver.session("other", "other").claim(15);

        assertThat(inBatches(new Operation.Delete(), Filter.ALL, 5)).containsExactlyInAnyOrderElementsOf(old);
    }

    private List<UUID> inBatches(Operation operation, Filter filter, int limit) {
        List<UUID> done = new ArrayList<>();
        @Nullable UUID after = null;
        do {
            OperationReport report = store.operate(operation, filter, after, limit);
            assertThat(report.done().size() + report.refused().size()).isLessThanOrEqualTo(limit);
            done.addAll(report.done());
            after = report.next();
        } while (after != null);
        return done;
    }

    @Test
    void an_examination_says_what_was_looked_at_and_leaves_everything_as_it_is() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();

        Examination examination = store.examine();

        assertThat(examination.looked()).isNotEmpty();
        assertThat(examination.findings()).allSatisfy(finding -> {
            assertThat(finding.code()).matches("[a-z]+(-[a-z]+)*");
            assertThat(List.of(finding.what(), finding.why(), finding.remedy())).noneMatch(String::isBlank);
        });
        assertThat(session.claimNext().spec().id()).isEqualTo(id);
    }
}
