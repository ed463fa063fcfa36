package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Retention;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The members of a workflow are kept while it is unfinished, and from its end on like any job from its own. */
abstract class MemberRetentionRules extends FlowPart {
    private static final int MOST = 5;

    private final JobDraft head = Jobs.head();

    @Override
    Retention retention() {
        return new Retention(HOUR, HOUR.multipliedBy(2), HOUR.multipliedBy(3), MOST);
    }

    @Test
    void a_member_that_has_ended_is_kept_until_its_workflow_ends_and_its_time_from_then() {
        JobDraft succeeds = member("a");
        JobDraft fails = member("b");
        JobDraft brief = member("c").keepFor(MINUTE);
        JobDraft last = member("d");
        enqueue(head, succeeds, fails, brief, last);
        succeed(succeeds);
        fail(fails);
        succeed(brief);
        for (JobDraft member : List.of(succeeds, fails, brief)) {
            assertThat(job(member).times().finishedAt()).isNotNull();
            assertThat(job(member).times().keepUntil()).isNull();
        }
        clock.advance(DAY);
        driver.settleDown();
        assertState(JobState.SUCCEEDED, succeeds, brief);
        assertState(JobState.FAILED, fails);

        succeed(last);

        assertAbout(job(succeeds).times().keepUntil(), START.plus(DAY).plus(HOUR));
        assertAbout(job(fails).times().keepUntil(), START.plus(DAY).plus(HOUR.multipliedBy(3)));
        assertAbout(job(brief).times().keepUntil(), START.plus(DAY).plus(MINUTE));
        assertAbout(job(last).times().keepUntil(), START.plus(DAY).plus(HOUR));
        assertAbout(job(head).times().keepUntil(), START.plus(DAY).plus(HOUR));
        clock.advance(HOUR.plus(SECOND));
        driver.settleDown();
        assertThat(driver.find(Filter.ALL)).extracting(job -> job.id()).containsExactly(fails.id());
    }

    @Test
    void members_of_an_unfinished_workflow_are_not_among_the_most_that_are_kept() {
        List<JobDraft> members = members(2 * MOST);
        JobDraft last = member("last");
        driver.enqueue(Stream.concat(Stream.of(head, last), members.stream()).toList());
        members.forEach(this::succeed);
        List<JobDraft> plain = works(MOST);
        driver.enqueue(plain);
        plain.forEach(this::succeed);

        driver.settleDown();

        assertState(JobState.SUCCEEDED, members.toArray(JobDraft[]::new));
        assertState(JobState.SUCCEEDED, plain.toArray(JobDraft[]::new));
        succeed(last);
        assertThat(driver.find(Filter.ALL.withStates(Set.of(JobState.SUCCEEDED))))
                .hasSize(MOST);
    }

    @Test
    void members_may_go_when_their_workflow_is_cancelled_or_deleted() {
        JobDraft other = Jobs.head();
        JobDraft ended = member("a");
        JobDraft endedToo = Jobs.work().member(other, "a");
        enqueue(head, other, ended, member("b"), endedToo, Jobs.work().member(other, "b"));
        succeed(ended);
        succeed(endedToo);
        clock.advance(DAY);

        driver.cancel(head.id());
        driver.delete(other.id());
        driver.settleDown();

        assertAbout(job(ended).times().keepUntil(), START.plus(DAY).plus(HOUR));
        assertAbout(job(endedToo).times().keepUntil(), START.plus(DAY).plus(HOUR));
    }

    @Test
    void a_member_that_ends_after_its_workflow_is_kept_like_any_job() {
        JobDraft outlives = member("a");
        JobDraft deletedHead = Jobs.head();
        JobDraft outlivesToo = Jobs.work().member(deletedHead, "a");
        enqueue(head, outlives, deletedHead, outlivesToo);
        cancel(head);
        driver.delete(deletedHead.id());
        driver.settleDown();

        succeed(outlives);
        fail(outlivesToo);

        assertAbout(job(outlives).times().keepUntil(), START.plus(HOUR));
        assertAbout(job(outlivesToo).times().keepUntil(), START.plus(HOUR.multipliedBy(3)));
    }

    @Test
    void a_member_of_any_queue_whose_workflow_is_deleted_is_kept_like_any_job_each_time_it_ends() {
        List<JobDraft> members = Stream.of("a", "b", "c", "d")
                .map(name -> member(name).queue(name))
                .toList();
        driver.enqueue(Stream.concat(Stream.of(head), members.stream()).toList());
        driver.delete(head.id());
        driver.settleDown();

        members.forEach(this::succeed);
        for (JobDraft member : members) {
            assertAbout(job(member).times().keepUntil(), START.plus(HOUR));
        }
        members.forEach(this::runAgain);
        members.forEach(this::fail);
        for (JobDraft member : members) {
            assertAbout(job(member).times().keepUntil(), START.plus(HOUR.multipliedBy(3)));
        }
    }

    @Test
    void an_abandoned_member_is_kept_like_the_others() {
        JobDraft first = member("a");
        JobDraft abandoned = member("b").after(first);
        JobDraft last = member("c");
        enqueue(head, first, abandoned, last);
        fail(first);
        assertThat(job(abandoned).times().keepUntil()).isNull();
        clock.advance(DAY);

        succeed(last);

        assertAbout(job(abandoned).times().keepUntil(), START.plus(DAY).plus(HOUR.multipliedBy(2)));
    }

    @Test
    void the_members_of_a_large_workflow_all_may_go_when_it_ends() {
        List<JobDraft> members = members(120);
        driver.enqueue(Stream.concat(Stream.of(head), members.stream()).toList());
        driver.cancel(ids(members.subList(0, 119)));
        clock.advance(DAY);

        succeed(members.get(119));

        assertState(JobState.SUCCEEDED, head);
        clock.advance(HOUR.multipliedBy(2).plus(SECOND));
        driver.settleDown();
        assertThat(driver.find(Filter.ALL)).isEmpty();
    }

    @Test
    void a_deleted_member_is_gone_at_once() {
        JobDraft ended = member("a");
        JobDraft other = member("b");
        enqueue(head, ended, other);
        succeed(ended);

        assertThat(driver.delete(ended.id()).done()).containsExactly(ended.id());

        assertThat(driver.exists(ended.id())).isFalse();
        succeed(other);
        assertState(JobState.SUCCEEDED, head);
    }

    private List<JobDraft> members(int count) {
        return works(count).stream()
                .map(draft -> draft.member(head, draft.id().toString()))
                .toList();
    }

    private JobDraft member(String name) {
        return Jobs.work().member(head, name);
    }
}
