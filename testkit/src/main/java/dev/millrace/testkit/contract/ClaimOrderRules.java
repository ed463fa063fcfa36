package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.ClaimedJob;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.contract.StoreFixture.Order;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** In which order jobs are claimed: priority, due time, arrival, as far as the engine promises. */
abstract class ClaimOrderRules extends ContractPart {

    @Test
    void a_higher_priority_is_claimed_first() {
        JobDraft low = Jobs.work().priority(-5);
        JobDraft normal = Jobs.work();
        JobDraft high = Jobs.work().priority(5);
        JobDraft highest = Jobs.work().priority(1000);
        JobDraft lowest = Jobs.work().priority(-1000);
        driver.enqueue(List.of(low, normal, high, highest, lowest));

        assertOrder(driver.session().claim(9), highest, high, normal, low, lowest);
    }

    @Test
    void of_equal_priority_the_earlier_due_is_claimed_first() {
        JobDraft later = Jobs.work().in(MINUTE.multipliedBy(3));
        JobDraft sooner = Jobs.work().in(MINUTE);
        driver.enqueue(List.of(later, sooner));
        clock.advance(MINUTE.multipliedBy(2));
        JobDraft between = Jobs.work();
        driver.enqueue(between);
        clock.advance(MINUTE.multipliedBy(2));
        JobDraft last = Jobs.work();
        driver.enqueue(last);

        assertOrder(driver.session().claim(9), sooner, between, later, last);
    }

    @Test
    void priority_counts_before_due_time() {
        JobDraft waited = Jobs.work();
        driver.enqueue(waited);
        clock.advance(HOUR);
        JobDraft urgent = Jobs.work().priority(1);
        driver.enqueue(urgent);

        assertOrder(driver.session().claim(9), urgent, waited);
    }

    @Test
    void of_equal_priority_and_due_time_the_one_that_arrived_first_is_claimed_first_whatever_its_id() {
        JobDraft smallestId = Jobs.work();
        JobDraft middleId = Jobs.work();
        JobDraft largestId = Jobs.work();
        driver.enqueue(largestId);
        driver.enqueue(List.of(smallestId, middleId));

        assertOrder(driver.session().claim(9), largestId, smallestId, middleId);
    }

    @Test
    void kinds_share_one_order() {
        JobDraft first = Jobs.plain("a");
        JobDraft second = Jobs.plain("b");
        JobDraft third = Jobs.plain("a");
        JobDraft urgent = Jobs.plain("b").priority(1);
        driver.enqueue(List.of(first, second, third, urgent));

        assertOrder(driver.session("worker", "a", "b").claim(9), urgent, first, second, third);
    }

    @Test
    void claims_one_by_one_follow_the_same_order_as_one_claim_of_all() {
        JobDraft first = Jobs.work().priority(2);
        JobDraft second = Jobs.work().priority(1);
        JobDraft third = Jobs.work();
        driver.enqueue(List.of(third, first, second));
        SessionDriver session = driver.session();

        assertOrder(List.of(session.claimNext(), session.claimNext(), session.claimNext()), first, second, third);
    }

    @Test
    void a_job_handed_back_keeps_its_place() {
        JobDraft first = Jobs.work();
        JobDraft second = Jobs.work();
        driver.enqueue(List.of(first, second));
        SessionDriver session = driver.session();
        ClaimedJob claimed = session.take(first.id());
        clock.advance(MINUTE);

        session.handBack(claimed);

        assertOrder(session.claim(9), first, second);
    }

    @Test
    void a_rescued_job_goes_to_the_head() {
        JobDraft first = Jobs.work();
        JobDraft second = Jobs.work();
        driver.enqueue(List.of(first, second));
        driver.session().take(first.id());

        driver.letDie();

        assertOrder(driver.session().claim(9), first, second);
    }

    @Test
    void a_job_retried_at_once_goes_behind_those_that_waited() {
        JobDraft first = Jobs.work();
        JobDraft second = Jobs.work();
        driver.enqueue(List.of(first, second));
        SessionDriver session = driver.session();
        ClaimedJob claimed = session.take(first.id());
        clock.advance(MINUTE);

        session.retry(claimed, Duration.ZERO);

        assertOrder(session.claim(9), second, first);
    }

    @Test
    void queues_in_order_are_emptied_one_after_the_other_whatever_the_priorities() {
        JobDraft urgentInSecond = Jobs.work().queue("second").priority(1000);
        JobDraft one = Jobs.work().queue("first").priority(-1000);
        JobDraft other = Jobs.work().queue("first").priority(-1000);
        driver.enqueue(List.of(urgentInSecond));
        driver.enqueue(List.of(one, other));
        SessionDriver session = driver.session();

        assertThat(ids(session.claimFrom(1, "first", "second"))).containsAnyOf(one.id(), other.id());
        List<ClaimedJob> rest = session.claimFrom(9, "first", "second");
        assertThat(rest.get(0).spec().queue()).isEqualTo("first");
        assertThat(ids(rest)).hasSize(2).last().isEqualTo(urgentInSecond.id());
    }

    /** The claims came in this order, as far as the engine promises one. */
    private void assertOrder(List<ClaimedJob> claimed, JobDraft... expected) {
        List<UUID> order = List.of(expected).stream().map(JobDraft::id).toList();
        if (fixture.order() == Order.EXACT) {
            assertThat(ids(claimed)).isEqualTo(order);
        } else {
            assertThat(ids(claimed)).containsExactlyInAnyOrderElementsOf(order);
            assertThat(claimed)
                    .isSortedAccordingTo(Comparator.comparing((ClaimedJob job) ->
                                    Integer.signum(job.spec().priority()))
                            .reversed());
        }
    }

    private static List<UUID> ids(List<ClaimedJob> claimed) {
        return claimed.stream().map(job -> job.spec().id()).toList();
    }
}
