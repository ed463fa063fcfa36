package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Keys.Conflict;
import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.Keys.Unique;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A job enqueued to replace another of its key: the one that waits becomes what the new one would have been. */
abstract class ReplaceRules extends FlowPart {
    private static final Unique REPLACE = new Unique("k", Conflict.REPLACE, Scope.UNFINISHED, Duration.ZERO);
    private static final Unique KEEP_DUE = new Unique("k", Conflict.KEEP_DUE, Scope.UNFINISHED, Duration.ZERO);

    @Test
    void the_one_that_waits_becomes_the_new_one_but_for_its_place_in_the_world() {
        JobDraft holder = Jobs.work()
                .payload(new byte[] {1})
                .options("old")
                .tag("old")
                .priority(1)
                .group("customer", "7")
                .unique("k")
                .expiresIn(HOUR)
                .keepFor(HOUR);
        driver.enqueue(holder);
        clock.advance(MINUTE);
        JobDraft update = Jobs.work()
                .queue("elsewhere")
                .payload(new byte[] {2, 3})
                .options("new")
                .tag("new")
                .meta("a", "b")
                .priority(2)
                .group("host", "8")
                .unique(REPLACE)
                .expiresIn(DAY)
                .keepFor(DAY);

        assertThat(driver.offer(update)).isEqualTo(new Answer.Replaced(holder.id()));

        assertThat(driver.exists(update.id())).isFalse();
        JobRecord job = job(holder);
        assertThat(job.state()).isEqualTo(JobState.READY);
        assertThat(job.spec().payload()).containsExactly(2, 3);
        assertThat(job.spec().options()).isEqualTo("new");
        assertThat(job.spec().labels()).isEqualTo(update.spec().labels());
        assertThat(job.spec().priority()).isEqualTo(2);
        assertThat(job.spec().keepFor()).isEqualTo(DAY);
        assertThat(job.spec().keys().unique()).isEqualTo(REPLACE);
        assertThat(job.spec().keys().group()).isEqualTo(holder.spec().keys().group());
        assertThat(job.spec().queue()).isEqualTo(Jobs.QUEUE);
        assertAbout(job.times().createdAt(), START);
        assertAbout(job.times().dueAt(), START.plus(MINUTE));
        assertAbout(job.times().expiresAt(), START.plus(MINUTE).plus(DAY));
        assertThat(driver.find(Filter.ALL)).hasSize(1);
        assertThat(driver.find(Filter.ALL.withTag("new"))).hasSize(1);
        assertThat(driver.find(Filter.ALL.withTag("old"))).isEmpty();
        assertThat(session.claimNext().spec().payload()).containsExactly(2, 3);
    }

    @Test
    void what_the_new_one_does_not_say_is_forgotten() {
        JobDraft holder = Jobs.work()
                .options("old")
                .tag("old")
                .priority(1)
                .unique("k")
                .expiresIn(HOUR)
                .keepFor(HOUR);
        driver.enqueue(holder);

        driver.offer(Jobs.work().unique(REPLACE));

        JobRecord job = job(holder);
        assertThat(job.spec().options()).isEmpty();
        assertThat(job.spec().labels().isEmpty()).isTrue();
        assertThat(job.spec().priority()).isZero();
        assertThat(job.spec().keepFor()).isNull();
        assertThat(job.times().expiresAt()).isNull();
        clock.advance(DAY);
        driver.settleDown();
        assertState(JobState.READY, holder);
    }

    @Test
    void a_replacement_goes_through_the_gate_of_time() {
        JobDraft holder = Jobs.work().in(HOUR).unique("k");
        driver.enqueue(holder);

        driver.offer(Jobs.work().in(DAY).unique(REPLACE));
        assertState(JobState.SCHEDULED, holder);
        assertAbout(job(holder).times().dueAt(), START.plus(DAY));
        assertAbout(idle().nextDue(), START.plus(DAY));
        driver.offer(Jobs.work().unique(REPLACE));
        assertState(JobState.READY, holder);
        driver.offer(Jobs.work().in(MINUTE).unique(REPLACE));

        assertState(JobState.SCHEDULED, holder);
        clock.advance(MINUTE.plus(SECOND));
        assertThat(session.claimNext().spec().id()).isEqualTo(holder.id());
    }

    @Test
    void debounced_calls_run_once_after_the_last_of_them() {
        JobDraft first = Jobs.work().in(MINUTE).unique(REPLACE);
        driver.enqueue(first);
        for (byte i = 0; i < 5; i++) {
            clock.advance(MINUTE.dividedBy(2));
            assertThat(session.claim(9)).isEmpty();
            assertThat(driver.offer(
                            Jobs.work().payload(new byte[] {i}).in(MINUTE).unique(REPLACE)))
                    .isEqualTo(new Answer.Replaced(first.id()));
        }
        clock.advance(MINUTE.plus(SECOND));

        assertThat(session.claim(9))
                .hasSize(1)
                .first()
                .satisfies(run -> assertThat(run.spec().payload()).containsExactly(4));
    }

    @Test
    void the_due_time_is_kept_when_the_new_one_says_so() {
        JobDraft holder = Jobs.work().in(HOUR).unique("k");
        driver.enqueue(holder);
        clock.advance(MINUTE);

        assertThat(driver.offer(Jobs.work().payload(new byte[] {7}).priority(3).unique(KEEP_DUE)))
                .isEqualTo(new Answer.Replaced(holder.id()));
        driver.offer(Jobs.work().payload(new byte[] {8}).priority(4).in(DAY).unique(KEEP_DUE));

        assertState(JobState.SCHEDULED, holder);
        assertAbout(job(holder).times().dueAt(), START.plus(HOUR));
        assertThat(job(holder).spec().payload()).containsExactly(8);
        assertThat(job(holder).spec().priority()).isEqualTo(4);
    }

    @Test
    void a_ready_job_stays_ready_when_its_due_time_is_kept() {
        JobDraft holder = Jobs.work().unique("k");
        driver.enqueue(holder);
        clock.advance(MINUTE);

        driver.offer(Jobs.work().in(DAY).unique(KEEP_DUE));

        assertState(JobState.READY, holder);
        assertAbout(job(holder).times().dueAt(), START);
    }

    @Test
    void attempts_and_steps_begin_anew_and_records_of_runs_stay() {
        JobDraft holder = Jobs.work().unique("k");
        driver.enqueue(holder);
        ClaimedJob run = session.take(holder.id());
        store.checkpoint(run.run(), "charge", new byte[] {1});
        session.retry(run, HOUR);

        assertThat(driver.offer(Jobs.work().unique(REPLACE))).isEqualTo(new Answer.Replaced(holder.id()));

        assertThat(job(holder).run().attempt()).isZero();
        assertThat(job(holder).run().token()).isEqualTo(1);
        assertThat(driver.trail(holder.id()).steps()).isEmpty();
        assertThat(driver.trail(holder.id()).runs()).hasSize(1);
        ClaimedJob again = session.claimNext();
        assertThat(again.token()).isEqualTo(2);
        assertThat(again.history().attempt()).isEqualTo(1);
        assertThat(again.steps()).isEmpty();
    }

    @Test
    void one_that_waits_for_parents_goes_on_waiting_for_them() {
        JobDraft parent = Jobs.work();
        JobDraft holder = Jobs.work().after(parent).in(HOUR).unique("k");
        enqueue(parent, holder);

        assertThat(driver.offer(Jobs.work().in(MINUTE).payload(new byte[] {7}).unique(REPLACE)))
                .isEqualTo(new Answer.Replaced(holder.id()));
        assertBlocked(Gate.PARENTS, holder);
        assertThat(job(holder).times().delay()).isEqualTo(MINUTE);
        assertThat(driver.parents(holder.id())).extracting(Dependency::verdict).containsOnlyNulls();
        succeed(parent);

        assertState(JobState.SCHEDULED, holder);
        assertAbout(job(holder).times().dueAt(), START.plus(MINUTE));
        assertThat(job(holder).spec().payload()).containsExactly(7);
    }

    @Test
    void a_ready_job_put_off_by_its_replacement_frees_its_place_in_the_group() {
        JobDraft holder = Jobs.work().serial("g").unique("k");
        JobDraft next = Jobs.work().serial("g");
        enqueue(holder, next);

        driver.offer(Jobs.work().in(HOUR).unique(REPLACE));
        driver.settleDown();

        assertState(JobState.SCHEDULED, holder);
        assertState(JobState.READY, next);
        clock.advance(HOUR.plus(SECOND));
        driver.settleDown();
        assertBlocked(Gate.GROUP, holder);
    }

    @Test
    void replacing_one_that_holds_or_waits_for_a_place_lets_no_more_pass() {
        JobDraft first = Jobs.work().serial("g").unique("k");
        JobDraft second = Jobs.work().serial("g").unique("l");
        enqueue(first, second);

        driver.offer(Jobs.work().unique(REPLACE));
        driver.offer(Jobs.work().unique(new Unique("l", Conflict.REPLACE, Scope.UNFINISHED, Duration.ZERO)));
        driver.settleDown();

        assertThat(count(JobState.READY, List.of(first, second))).isEqualTo(1);
        assertThat(count(JobState.BLOCKED, List.of(first, second))).isEqualTo(1);
    }

    @Test
    void while_the_holder_runs_the_new_one_is_stored_and_the_key_is_its_own() {
        JobDraft holder = Jobs.work().unique(REPLACE);
        driver.enqueue(holder);
        ClaimedJob run = session.take(holder.id());
        JobDraft newcomer = Jobs.work().payload(new byte[] {7}).unique(REPLACE);

        assertThat(driver.offer(newcomer)).isEqualTo(new Answer.Stored(newcomer.id()));
        assertThat(driver.offer(Jobs.work().unique("k"))).isEqualTo(new Answer.Duplicate(newcomer.id()));
        assertThat(driver.offer(Jobs.work().payload(new byte[] {8}).unique(REPLACE)))
                .isEqualTo(new Answer.Replaced(newcomer.id()));
        session.retry(run, Duration.ZERO);
        driver.settleDown();

        assertState(JobState.READY, holder, newcomer);
        assertThat(job(holder).spec().keys().uniqueKey()).isNull();
        assertThat(job(holder).spec().payload()).isEqualTo(holder.spec().payload());
        assertThat(job(newcomer).spec().payload()).containsExactly(8);
        succeed(newcomer);
        driver.enqueue(Jobs.work().unique("k"));
        assertState(JobState.READY, holder);
    }

    @Test
    void the_end_of_a_run_whose_key_has_passed_frees_nothing() {
        JobDraft holder = Jobs.work().unique(REPLACE);
        driver.enqueue(holder);
        ClaimedJob run = session.take(holder.id());
        JobDraft newcomer = Jobs.work().unique(KEEP_DUE).in(HOUR);
        driver.enqueue(newcomer);

        session.succeed(run);
        driver.settleDown();

        assertThat(driver.offer(Jobs.work().unique("k"))).isEqualTo(new Answer.Duplicate(newcomer.id()));
        driver.delete(holder.id());
        assertThat(driver.offer(Jobs.work().unique("k"))).isEqualTo(new Answer.Duplicate(newcomer.id()));
    }

    @Test
    void of_two_in_one_call_the_second_replaces_the_first() {
        JobDraft first = Jobs.work().payload(new byte[] {1}).unique(REPLACE);
        JobDraft second = Jobs.work().payload(new byte[] {2}).in(HOUR).unique(REPLACE);

        assertThat(driver.offer(List.of(first, Jobs.work(), second)).get(2)).isEqualTo(new Answer.Replaced(first.id()));

        assertState(JobState.SCHEDULED, first);
        assertThat(job(first).spec().payload()).containsExactly(2);
        assertThat(driver.exists(second.id())).isFalse();
        assertThat(driver.find(Filter.ALL)).hasSize(2);
    }

    @Test
    void a_replacement_told_again_changes_nothing_more() {
        JobDraft holder = Jobs.work().unique("k");
        driver.enqueue(holder);
        JobDraft update =
                Jobs.work().payload(new byte[] {7}).at(START.plus(HOUR)).unique(REPLACE);
        driver.offer(update);
        JobRecord before = job(holder);

        assertThat(driver.offer(update)).isEqualTo(new Answer.Replaced(holder.id()));

        assertThat(job(holder)).usingRecursiveComparison().isEqualTo(before);
        assertThat(driver.find(Filter.ALL)).hasSize(1);
    }

    @Test
    void a_holder_enqueued_again_is_known_and_replaces_nothing() {
        JobDraft holder = Jobs.work().unique(REPLACE);
        driver.enqueue(holder);
        driver.offer(Jobs.work().payload(new byte[] {7}).unique(REPLACE));

        assertThat(driver.offer(holder)).isEqualTo(new Answer.Known(holder.id()));

        assertThat(job(holder).spec().payload()).containsExactly(7);
    }

    @Test
    void the_new_ones_rule_is_the_holders_from_then_on() {
        JobDraft holder = Jobs.work().unique("k");
        driver.enqueue(holder);

        driver.offer(Jobs.work().unique(new Unique("k", Conflict.REPLACE, Scope.UNFINISHED, HOUR)));
        succeed(holder);

        assertThat(driver.offer(Jobs.work().unique("k"))).isEqualTo(new Answer.Duplicate(holder.id()));
        clock.advance(HOUR.plus(SECOND));
        driver.enqueue(Jobs.work().unique("k"));
    }

    @Test
    void the_holder_keeps_its_place_in_the_order_of_arrival() {
        JobDraft holder = Jobs.work().at(START.plus(HOUR)).unique("k");
        JobDraft other = Jobs.work().at(START.plus(HOUR));
        enqueue(holder, other);

        driver.offer(Jobs.work().at(START.plus(HOUR)).unique(REPLACE));
        clock.advance(HOUR.plus(SECOND));
        List<UUID> claimed =
                session.claim(9).stream().map(run -> run.spec().id()).toList();

        if (fixture.order() == StoreFixture.Order.EXACT) {
            assertThat(claimed).containsExactly(holder.id(), other.id());
        }
        assertThat(claimed).containsExactlyInAnyOrder(holder.id(), other.id());
    }

    @Test
    void a_holder_in_another_queue_is_replaced_where_it_is() {
        JobDraft holder = Jobs.work().queue("elsewhere").unique("k");
        driver.enqueue(holder);

        assertThat(driver.offer(Jobs.work().payload(new byte[] {7}).unique(REPLACE)))
                .isEqualTo(new Answer.Replaced(holder.id()));

        assertThat(job(holder).spec().queue()).isEqualTo("elsewhere");
        assertThat(job(holder).spec().payload()).containsExactly(7);
    }

    @Test
    void of_many_that_replace_at_once_one_job_is_left_and_is_one_of_them() {
        List<JobDraft> drafts =
                works(8).stream().map(draft -> draft.unique(REPLACE)).toList();

        List<Answer> answers = Together.each(drafts, driver::offer);

        List<Answer> stored =
                answers.stream().filter(Answer.Stored.class::isInstance).toList();
        assertThat(stored).hasSize(1);
        assertThat(answers).extracting(Answer::id).containsOnly(stored.get(0).id());
        assertThat(driver.find(Filter.ALL)).hasSize(1);
    }
}
