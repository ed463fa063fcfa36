package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.NewJob;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How jobs come in: whole, once, in one piece. */
abstract class EnqueueRules extends ContractPart {

    @Test
    void a_stored_job_is_ready_and_reads_back_as_it_was_given() {
        JobDraft draft = Jobs.plain("send-mail")
                .queue("mail")
                .priority(-1000)
                .payload(new byte[] {0, -1, 127})
                .options("{\"attempts\":3}")
                .tag("tenant:acme")
                .tag("urgent")
                .meta("locale", "en")
                .meta("empty", "")
                .unique("welcome:ada")
                .group("customer", "7")
                .keepFor(Duration.ofMinutes(90))
                .expiresIn(DAY);

        assertThat(driver.offer(draft)).isEqualTo(new Answer.Stored(draft.id()));

        JobRecord job = driver.job(draft.id());
        assertThat(job.spec()).usingRecursiveComparison().isEqualTo(draft.spec());
        assertThat(job.state()).isEqualTo(JobState.READY);
        assertThat(job.run()).isEqualTo(new JobRecord.Run(0, 0, 0, 0, null, false, Progress.NONE));
        assertThat(job.result()).isNull();
        assertThat(job.failure()).isNull();
        assertThat(job.times().startedAt()).isNull();
        assertAbout(job.times().createdAt(), START);
        assertThat(job.times().dueAt()).isEqualTo(job.times().createdAt());
        assertAbout(job.times().expiresAt(), START.plus(DAY));
        assertThat(driver.trail(draft.id())).isEqualTo(JobTrail.EMPTY);
    }

    @Test
    void ids_said_to_be_fresh_that_are_taken_all_the_same_are_known() {
        NewJob taken = Jobs.work().newJob().withFreshId();
        NewJob other = Jobs.work().newJob().withFreshId();
        assertThat(store.enqueue(List.of(taken)))
                .containsExactly(new Answer.Stored(taken.spec().id()));

        assertThat(store.enqueue(List.of(other, taken)))
                .containsExactly(
                        new Answer.Stored(other.spec().id()),
                        new Answer.Known(taken.spec().id()));
        assertThat(driver.find(Filter.ALL)).hasSize(2);
    }

    @Test
    void a_plain_job_reads_back_plain() {
        JobDraft draft = Jobs.work().payload(new byte[0]);
        driver.enqueue(draft);

        assertThat(driver.job(draft.id()).spec()).usingRecursiveComparison().isEqualTo(draft.spec());
        assertThat(driver.job(draft.id()).times().expiresAt()).isNull();
    }

    @Test
    void a_job_with_a_delay_is_scheduled() {
        UUID job = driver.enqueue(Jobs.work().in(HOUR));

        assertThat(driver.state(job)).isEqualTo(JobState.SCHEDULED);
        assertAbout(driver.job(job).times().dueAt(), START.plus(HOUR));
    }

    @Test
    void a_due_time_in_the_past_and_a_delay_below_zero_mean_now() {
        JobDraft first = Jobs.work();
        driver.enqueue(first);
        clock.advance(MINUTE);
        JobDraft past = Jobs.work().at(START.minus(DAY));
        JobDraft negative = Jobs.work().in(HOUR.negated());
        driver.enqueue(List.of(past, negative));

        for (JobDraft draft : List.of(past, negative)) {
            assertThat(driver.state(draft.id())).isEqualTo(JobState.READY);
            assertAbout(driver.job(draft.id()).times().dueAt(), START.plus(MINUTE));
        }
    }

    @Test
    void nothing_enqueued_is_answered_with_nothing() {
        assertThat(driver.offer(List.of())).isEmpty();
        assertThat(driver.find(Filter.ALL)).isEmpty();
    }

    @Test
    void a_known_id_is_not_stored_again_and_nothing_changes() {
        JobDraft draft = Jobs.work();
        driver.enqueue(draft);
        JobRecord before = driver.job(draft.id());
        clock.advance(MINUTE);

        assertThat(driver.offer(draft.queue("elsewhere").priority(9))).isEqualTo(new Answer.Known(draft.id()));

        assertThat(driver.job(draft.id())).usingRecursiveComparison().isEqualTo(before);
    }

    @Test
    void an_id_given_twice_in_one_call_is_stored_once() {
        JobDraft draft = Jobs.work();
        JobDraft other = Jobs.work();

        assertThat(driver.offer(List.of(draft, other, draft.priority(5))))
                .containsExactly(
                        new Answer.Stored(draft.id()), new Answer.Stored(other.id()), new Answer.Known(draft.id()));

        assertThat(driver.job(draft.id()).spec().priority()).isZero();
        assertThat(driver.find(Filter.ALL)).hasSize(2);
    }

    @Test
    void the_id_of_a_job_that_runs_or_has_ended_is_known() {
        JobDraft draft = Jobs.work();
        driver.enqueue(draft);
        SessionDriver session = driver.session();
        ClaimedJob claimed = session.claimNext();

        assertThat(driver.offer(draft)).isEqualTo(new Answer.Known(draft.id()));
        session.succeed(claimed);
        assertThat(driver.offer(draft)).isEqualTo(new Answer.Known(draft.id()));

        assertThat(driver.state(draft.id())).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void a_deleted_jobs_id_stays_known_for_an_hour_and_is_free_then() {
        JobDraft draft = Jobs.work();
        driver.enqueue(draft);
        driver.delete(draft.id());

        clock.advance(Duration.ofMinutes(59));
        driver.sweep();
        assertThat(driver.offer(draft)).isEqualTo(new Answer.Known(draft.id()));
        assertThat(driver.exists(draft.id())).isFalse();
        clock.advance(Duration.ofMinutes(2));
        driver.sweep();
        assertThat(driver.offer(draft)).isEqualTo(new Answer.Stored(draft.id()));
    }

    @Test
    void a_call_repeated_after_its_reply_was_lost_stores_what_was_not_stored() {
        List<JobDraft> drafts = Jobs.many(20, Jobs.WORK);
        driver.enqueue(drafts.subList(0, 12));

        List<Answer> answers = driver.offer(drafts);

        assertThat(answers.subList(0, 12)).allMatch(Answer.Known.class::isInstance);
        assertThat(answers.subList(12, 20)).allMatch(Answer.Stored.class::isInstance);
        assertThat(answers).extracting(Answer::id).containsExactlyElementsOf(ids(drafts));
        assertThat(driver.find(Filter.ALL)).hasSize(20);
    }

    @Test
    void ten_thousand_jobs_are_stored_in_one_call_and_arrive_in_their_order() {
        List<JobDraft> drafts = Jobs.many(10_000, Jobs.WORK);

        assertThat(driver.enqueue(drafts)).hasSize(10_000);

        assertThat(store.counts()).hasSize(1).allMatch(count -> count.count() == 10_000);
        List<ClaimedJob> claimed = driver.session().claim(100);
        assertThat(claimed).hasSize(100);
        if (fixture.order() == StoreFixture.Order.EXACT) {
            assertThat(claimed)
                    .extracting(job -> job.spec().id())
                    .containsExactlyElementsOf(ids(drafts.subList(0, 100)));
        }
    }

    @Test
    void a_job_that_cannot_be_stored_takes_the_whole_call_with_it() {
        JobDraft good = Jobs.work();
        JobDraft never = Jobs.work().in(Duration.ofSeconds(Long.MAX_VALUE));
        JobDraft afterAllTime = Jobs.work().at(Instant.MAX);
        JobDraft expiresAfterAllTime = Jobs.work().expiresAt(Instant.MAX);

        for (JobDraft bad : List.of(never, afterAllTime, expiresAfterAllTime)) {
            assertThatThrownBy(() -> driver.offer(List.of(good, bad, Jobs.work())))
                    .isInstanceOf(RuntimeException.class);
        }

        assertThat(driver.find(Filter.ALL)).isEmpty();
        assertThat(store.counts()).allMatch(count -> count.count() == 0);
        assertThat(driver.offer(good)).isEqualTo(new Answer.Stored(good.id()));
    }

    private static List<UUID> ids(List<JobDraft> drafts) {
        return drafts.stream().map(JobDraft::id).toList();
    }
}
