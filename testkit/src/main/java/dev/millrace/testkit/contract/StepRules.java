package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.RunRef;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Results of {@code once} steps: stored by the run that owns the job, given to the next, forgotten at the end. */
abstract class StepRules extends ContractPart {
    private SessionDriver session;
    private UUID id;
    private ClaimedJob run;

    @BeforeEach
    void claim() {
        session = driver.session();
        id = driver.enqueue(Jobs.work());
        run = session.claimNext();
    }

    @Test
    void a_steps_result_comes_with_the_next_claim() {
        assertThat(store.checkpoint(run.run(), "charge", new byte[] {4, 2})).isTrue();
        assertThat(store.checkpoint(run.run(), "mail", new byte[0])).isTrue();

        session.retry(run, Duration.ZERO);

        ClaimedJob next = session.claimNext();
        assertThat(next.steps()).containsOnlyKeys("charge", "mail");
        assertThat(next.steps().get("charge")).containsExactly(4, 2);
        assertThat(next.steps().get("mail")).isEmpty();
    }

    @Test
    void a_steps_result_is_seen_in_the_trail_while_the_job_runs() {
        store.checkpoint(run.run(), "charge", new byte[] {4, 2});

        assertThat(driver.trail(id).steps()).containsOnlyKeys("charge");
    }

    @Test
    void a_step_survives_hand_back_and_rescue() {
        store.checkpoint(run.run(), "charge", new byte[] {4, 2});

        session.handBack(run);
        assertThat(session.claimNext().steps()).containsOnlyKeys("charge");
        session.close();
        driver.sweep();

        assertThat(driver.session().claimNext().steps()).containsOnlyKeys("charge");
    }

    @Test
    void a_run_that_lost_its_job_stores_no_step() {
        session.handBack(run);

        assertThat(store.checkpoint(run.run(), "charge", new byte[] {4, 2})).isFalse();
        ClaimedJob next = session.claimNext();
        assertThat(store.checkpoint(run.run(), "charge", new byte[] {4, 2})).isFalse();
        assertThat(store.checkpoint(new RunRef(Jobs.newId(), run.spec().queue(), 1), "charge", new byte[] {4, 2}))
                .isFalse();

        assertThat(next.steps()).isEmpty();
        assertThat(driver.trail(id).steps()).isEmpty();
    }

    @Test
    void a_step_stored_again_has_the_later_result() {
        store.checkpoint(run.run(), "charge", new byte[] {1});
        store.checkpoint(run.run(), "charge", new byte[] {2});

        assertThat(driver.trail(id).steps().get("charge")).containsExactly(2);
    }

    @Test
    void steps_are_forgotten_when_the_job_ends_whichever_way() {
        for (Outcome end : Outcomes.thatEnd()) {
            ClaimedJob job = session.take(driver.enqueue(Jobs.work()));
            store.checkpoint(job.run(), "charge", new byte[] {1});

            session.settle(job, end);

            assertThat(driver.trail(job.spec().id()).steps())
                    .as("after %s", end)
                    .isEmpty();
        }
    }

    @Test
    void a_job_run_again_begins_without_steps() {
        store.checkpoint(run.run(), "charge", new byte[] {1});
        session.fail(run);

        driver.runAgain(id);

        assertThat(session.claimNext().steps()).isEmpty();
    }
}
