package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** At most one unfinished job of a kind holds a unique key. {@link TransitionRules} says when it is freed. */
abstract class UniqueKeyRules extends ContractPart {

    @Test
    void a_second_job_of_a_held_key_is_not_stored_and_the_answer_names_the_holder() {
        JobDraft holder = welcome();
        driver.enqueue(holder);
        JobDraft second = welcome();

        assertThat(driver.offer(second)).isEqualTo(new Answer.Duplicate(holder.id()));

        assertThat(driver.exists(second.id())).isFalse();
    }

    @Test
    void of_two_jobs_of_one_call_the_first_gets_the_key() {
        JobDraft first = welcome();
        JobDraft second = welcome();
        JobDraft plain = Jobs.work();

        assertThat(driver.offer(List.of(first, plain, second)))
                .containsExactly(
                        new Answer.Stored(first.id()), new Answer.Stored(plain.id()), new Answer.Duplicate(first.id()));

        assertThat(driver.exists(second.id())).isFalse();
    }

    @Test
    void the_holder_enqueued_again_is_known_and_no_duplicate_of_itself() {
        JobDraft holder = welcome();
        driver.enqueue(holder);

        assertThat(driver.offer(holder)).isEqualTo(new Answer.Known(holder.id()));
    }

    @Test
    void a_key_is_scoped_by_kind() {
        driver.enqueue(Jobs.plain("a").unique("welcome"));
        JobDraft other = Jobs.plain("b").unique("welcome");

        assertThat(driver.offer(other)).isEqualTo(new Answer.Stored(other.id()));
    }

    @Test
    void a_key_crosses_queues() {
        JobDraft holder = welcome().queue("mail");
        driver.enqueue(holder);

        assertThat(driver.offer(welcome().queue("elsewhere"))).isEqualTo(new Answer.Duplicate(holder.id()));
    }

    @Test
    void keys_that_differ_by_case_or_space_are_different_keys() {
        driver.enqueue(Jobs.work().unique("welcome"));

        for (String key : List.of("Welcome", "welcome ", " welcome", "welcom\u00e9", "welcome\u0301")) {
            driver.enqueue(Jobs.work().unique(key));
        }
    }

    @Test
    void a_key_is_held_while_its_job_waits_runs_and_waits_again() {
        JobDraft holder = welcome().in(HOUR);
        driver.enqueue(holder);
        assertThat(driver.offer(welcome())).isEqualTo(new Answer.Duplicate(holder.id()));

        SessionDriver session = driver.session();
        ClaimedJob run = session.take(holder.id());
        assertThat(driver.offer(welcome())).isEqualTo(new Answer.Duplicate(holder.id()));

        session.retry(run, HOUR);
        assertThat(driver.offer(welcome())).isEqualTo(new Answer.Duplicate(holder.id()));
    }

    @Test
    void a_key_is_free_when_its_job_was_deleted() {
        UUID holder = driver.enqueue(welcome());
        driver.delete(holder);
        JobDraft next = welcome();

        assertThat(driver.offer(next)).isEqualTo(new Answer.Stored(next.id()));
    }

    @Test
    void deleting_a_job_that_has_ended_does_not_free_the_key_of_its_successor() {
        UUID first = driver.enqueue(welcome());
        driver.cancel(first);
        UUID successor = driver.enqueue(welcome());

        driver.delete(first);

        assertThat(driver.offer(welcome())).isEqualTo(new Answer.Duplicate(successor));
    }

    @Test
    void a_duplicate_leaves_nothing_behind_so_it_can_be_enqueued_again_when_the_key_is_free() {
        UUID holder = driver.enqueue(welcome());
        JobDraft second = welcome();
        driver.offer(second);
        driver.cancel(holder);

        assertThat(driver.offer(second)).isEqualTo(new Answer.Stored(second.id()));
        assertThat(driver.state(second.id())).isEqualTo(JobState.READY);
    }

    @Test
    void a_key_freed_in_one_exchange_is_free_for_the_next_enqueue() {
        JobDraft holder = welcome();
        driver.enqueue(holder);
        SessionDriver session = driver.session();

        session.succeed(session.claimNext());

        JobDraft next = welcome();
        assertThat(driver.offer(next)).isEqualTo(new Answer.Stored(next.id()));
        assertThat(driver.offer(welcome())).isEqualTo(new Answer.Duplicate(next.id()));
    }

    private static JobDraft welcome() {
        return Jobs.work().unique("welcome:ada");
    }
}
