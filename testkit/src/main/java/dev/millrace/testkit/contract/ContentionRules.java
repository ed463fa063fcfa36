package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What holds when many want the same thing at once. */
abstract class ContentionRules extends ContractPart {

    @Test
    void no_job_is_claimed_twice_and_none_is_forgotten() {
        List<UUID> jobs = driver.enqueue(Jobs.many(600, Jobs.WORK));

        List<List<ClaimedJob>> claimed = Together.rounds(sessions(4), 150, (session, round) -> session.claim(1));

        assertThat(claimed.stream().flatMap(List::stream).map(job -> job.spec().id()))
                .containsExactlyInAnyOrderElementsOf(jobs);
    }

    @Test
    void two_views_of_one_store_claim_no_job_twice() {
        List<UUID> jobs = driver.enqueue(Jobs.many(200, Jobs.WORK));
        List<SessionDriver> sessions = List.of(driver.session(), secondView().session());

        List<List<UUID>> claimed = Together.each(sessions, ContentionRules::claimUntilEmpty);

        assertThat(claimed.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(jobs);
    }

    @Test
    void of_a_thousand_contenders_for_one_job_exactly_one_gets_it() {
        UUID wanted = driver.enqueue(Jobs.work());
        AtomicInteger winners = new AtomicInteger();

        Together.each(sessions(20), session -> {
            for (int i = 0; i < 50; i++) {
                winners.addAndGet(session.claimThis(wanted).isPresent() ? 1 : 0);
            }
            return true;
        });

        assertThat(winners).hasValue(1);
        assertThat(driver.job(wanted).run().token()).isEqualTo(1);
    }

    @Test
    void of_contenders_for_one_job_after_the_other_exactly_one_gets_each() {
        List<UUID> jobs = driver.enqueue(Jobs.many(300, Jobs.WORK));

        List<Optional<ClaimedJob>> claimed =
                Together.rounds(sessions(4), 300, (session, round) -> session.claimThis(jobs.get(round)));

        assertThat(claimed.stream()
                        .flatMap(Optional::stream)
                        .map(job -> job.spec().id()))
                .containsExactlyInAnyOrderElementsOf(jobs);
        assertThat(driver.find(Filter.ALL)).allMatch(job -> job.run().token() == 1);
    }

    @Test
    void of_many_that_settle_one_run_exactly_one_is_applied() {
        driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        ClaimedJob claimed = session.claimNext();

        List<SettleAnswer> answers =
                Together.each(IntStream.range(0, 8).boxed().toList(), any -> session.succeed(claimed));

        assertThat(answers).containsOnlyOnce(SettleAnswer.APPLIED);
        assertThat(answers).filteredOn(answer -> answer != SettleAnswer.APPLIED).containsOnly(SettleAnswer.ALREADY);
    }

    @Test
    void of_many_that_enqueue_one_unique_key_exactly_one_is_stored() {
        List<JobDraft> drafts = Jobs.many(16, Jobs.WORK).stream()
                .map(draft -> draft.unique("welcome"))
                .toList();

        List<Answer> answers = Together.each(drafts, driver::offer);

        List<Answer> stored =
                answers.stream().filter(Answer.Stored.class::isInstance).toList();
        assertThat(stored).hasSize(1);
        assertThat(answers).extracting(Answer::id).containsOnly(stored.get(0).id());
        assertThat(driver.find(Filter.ALL)).hasSize(1);
    }

    @Test
    void of_many_that_enqueue_one_id_exactly_one_stores_it() {
        JobDraft draft = Jobs.work();

        List<Answer> answers = Together.each(IntStream.range(0, 16).boxed().toList(), any -> driver.offer(draft));

        assertThat(answers).containsOnlyOnce(new Answer.Stored(draft.id()));
        assertThat(driver.find(Filter.ALL)).hasSize(1);
    }

    @Test
    void jobs_enqueued_by_many_threads_are_all_stored() {
        List<List<JobDraft>> shares =
                IntStream.range(0, 8).mapToObj(any -> Jobs.many(50, Jobs.WORK)).toList();

        Together.each(shares, share -> share.stream().map(driver::offer).toList());

        assertThat(driver.find(Filter.ALL))
                .extracting(job -> job.id())
                .containsExactlyInAnyOrderElementsOf(
                        shares.stream().flatMap(List::stream).map(JobDraft::id).toList());
    }

    @Test
    void two_sweeps_at_once_do_no_harm() {
        List<UUID> jobs = driver.enqueue(
                Jobs.many(200, Jobs.WORK).stream().map(job -> job.in(MINUTE)).toList());
        clock.advance(HOUR);

        Together.each(List.of(driver, secondView(), driver, driver), StoreDriver::sweep);

        assertThat(driver.find(Filter.ALL)).hasSize(jobs.size()).allMatch(job -> job.state() == JobState.READY);
        assertThat(driver.session().claim(500)).hasSize(jobs.size());
    }

    @Test
    void enqueuing_claiming_and_settling_at_once_loses_nothing_and_runs_nothing_twice() {
        int producers = 3;
        int each = 100;
        Set<UUID> ran = ConcurrentHashMap.newKeySet();
        AtomicInteger twice = new AtomicInteger();
        List<SessionDriver> sessions = sessions(3);
        List<Runnable> everyone = new ArrayList<>();
        for (int i = 0; i < producers; i++) {
            everyone.add(() -> Jobs.many(each, Jobs.WORK).forEach(driver::offer));
        }
        for (SessionDriver session : sessions) {
            everyone.add(() -> {
                while (ran.size() < producers * each && twice.get() == 0) {
                    for (ClaimedJob job : session.claim(5)) {
                        if (!ran.add(job.spec().id())) {
                            twice.incrementAndGet();
                        }
                        session.succeed(job);
                    }
                }
            });
        }

        Together.each(everyone, task -> {
            task.run();
            return true;
        });

        assertThat(twice).hasValue(0);
        assertThat(driver.find(Filter.ALL))
                .hasSize(producers * each)
                .allMatch(job -> job.state() == JobState.SUCCEEDED && job.run().token() == 1);
    }

    private List<SessionDriver> sessions(int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> driver.session("worker " + number, Jobs.WORK))
                .toList();
    }

    private static List<UUID> claimUntilEmpty(SessionDriver session) {
        List<UUID> all = new ArrayList<>();
        for (List<ClaimedJob> batch = session.claim(2); !batch.isEmpty(); batch = session.claim(2)) {
            batch.forEach(job -> all.add(job.spec().id()));
        }
        return all;
    }
}
