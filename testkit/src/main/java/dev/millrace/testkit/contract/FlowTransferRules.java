package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobRecord.Gate;
import dev.millrace.spi.Keys.Conflict;
import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.Keys.Unique;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.spi.Store;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.spi.Transfer.Item;
import dev.millrace.spi.Wish;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.StoreDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs that hold each other back go on elsewhere as they would have here. */
abstract class FlowTransferRules extends FlowPart {
    private StoreFixture elsewhere;
    private Store target;
    private StoreDriver there;
    private Store source;
    private StoreDriver here;

    @BeforeEach
    void openElsewhere() {
        elsewhere = contract.fixture();
        target = elsewhere.open(clock, retention());
        there = new StoreDriver(target, clock);
        here = driver;
        source = store;
    }

    @AfterEach
    void checkTheBooksElsewhere() {
        try {
            there.settleDown();
            assertThat(Books.faults(target)).as("faults in the target's books").isEmpty();
            assertThat(FlowBooks.faults(target))
                    .as("faults in the target's books of flow")
                    .isEmpty();
        } finally {
            driver = here;
            store = source;
            elsewhere.close();
        }
    }

    @Test
    void dependencies_come_along_with_their_wishes_and_verdicts() {
        JobDraft ended = Jobs.work();
        JobDraft waiting = Jobs.work().queue("elsewhere");
        JobDraft child = Jobs.work().after(ended).after(Wish.END, waiting).in(HOUR);
        JobDraft grandchild = Jobs.work().after(child);
        enqueue(grandchild, child, waiting, ended);
        succeed(ended);

        move(1);

        for (JobDraft draft : List.of(ended, waiting, child, grandchild)) {
            assertThat(there.job(draft.id())).usingRecursiveComparison().isEqualTo(job(draft));
            assertThat(there.parents(draft.id())).isEqualTo(driver.parents(draft.id()));
        }
    }

    @Test
    void what_waited_for_parents_goes_on_waiting_and_is_released_elsewhere() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        JobDraft hopeless = Jobs.work().after(Wish.FAILURE, parent);
        JobDraft revived = Jobs.work().after(child);
        enqueue(revived, hopeless, child, parent);

        move(2);
        goOnThere();
        assertBlocked(Gate.PARENTS, child, hopeless, revived);
        fail(parent);
        assertState(JobState.CANCELLED, child, revived);
        runAgain(parent);
        assertBlocked(Gate.PARENTS, child, revived);
        succeed(parent);

        assertState(JobState.READY, child, hopeless);
    }

    @Test
    void a_workflow_ends_elsewhere_with_its_last_member_and_its_members_are_kept_until_then() {
        JobDraft head = Jobs.head();
        JobDraft first = Jobs.work().member(head, "a");
        JobDraft last = Jobs.work().member(head, "b").after(first);
        enqueue(head, first, last);
        succeed(first);

        move(1);
        goOnThere();
        assertThat(job(first).times().keepUntil()).isNull();
        assertBlocked(Gate.PARENTS, head);
        succeed(last);

        assertState(JobState.SUCCEEDED, head);
        assertAbout(job(first).times().keepUntil(), START.plus(retention().succeeded()));
    }

    @Test
    void places_in_groups_and_limits_come_along() {
        driver.limits(Jobs.QUEUE, QueueLimits.NONE.withGroup("customer", new GroupLimits(2, null)));
        List<JobDraft> jobs = Stream.generate(() -> Jobs.work().group("customer", "7"))
                .limit(5)
                .toList();
        driver.enqueue(jobs);
        session.take(jobs.get(0).id());

        move(2);
        goOnThere();
        driver.settleDown();
        assertState(JobState.READY, jobs.get(0), jobs.get(1));
        assertThat(count(JobState.BLOCKED, jobs)).isEqualTo(3);
        succeed(jobs.get(0));

        assertState(JobState.READY, jobs.get(2));
        assertThat(count(JobState.BLOCKED, jobs)).isEqualTo(2);
    }

    @Test
    void keys_that_outlast_their_jobs_are_held_elsewhere() {
        JobDraft window = Jobs.work().unique(new Unique("w", Conflict.SKIP, Scope.UNFINISHED, HOUR));
        JobDraft stored = Jobs.work().unique(new Unique("s", Conflict.SKIP, Scope.STORED, Duration.ZERO));
        enqueue(window, stored);
        succeed(window);
        succeed(stored);

        move(7);
        goOnThere();

        assertThat(driver.offer(Jobs.work().unique("w"))).isEqualTo(new Answer.Duplicate(window.id()));
        assertThat(driver.offer(Jobs.work().unique("s"))).isEqualTo(new Answer.Duplicate(stored.id()));
        clock.advance(HOUR.plus(SECOND));
        driver.enqueue(Jobs.work().unique("w"));
    }

    @Test
    void a_key_that_passed_to_another_is_that_ones_elsewhere() {
        Unique replace = new Unique("k", Conflict.REPLACE, Scope.UNFINISHED, Duration.ZERO);
        JobDraft running = Jobs.work().unique(replace);
        driver.enqueue(running);
        session.take(running.id());
        JobDraft newcomer = Jobs.work().unique(replace);
        driver.enqueue(newcomer);

        move(7);
        goOnThere();

        assertState(JobState.READY, running, newcomer);
        assertThat(driver.offer(Jobs.work().unique("k"))).isEqualTo(new Answer.Duplicate(newcomer.id()));
    }

    @Test
    void importing_twice_doubles_no_dependency_and_takes_no_second_place() {
        JobDraft parent = Jobs.work();
        JobDraft child = Jobs.work().after(parent);
        JobDraft first = Jobs.work().serial("k");
        JobDraft second = Jobs.work().serial("k");
        enqueue(parent, child, first, second);
        move(7);
        List<JobRecord> before = there.find(Filter.ALL);

        move(7);
        goOnThere();

        assertThat(driver.find(Filter.ALL)).usingRecursiveComparison().isEqualTo(before);
        assertThat(driver.parents(child.id())).hasSize(1);
        succeed(first);
        assertState(JobState.READY, second);
    }

    private void move(int limit) {
        List<Item> items = new ArrayList<>();
        @Nullable String cursor = null;
        do {
            ExportPage page = store.exportPage(cursor, limit);
            items.addAll(page.items());
            cursor = page.next();
        } while (cursor != null);
        for (int from = 0; from < items.size(); from += limit) {
            target.importItems(items.subList(from, Math.min(items.size(), from + limit)));
        }
    }

    /** From here on the test is about the other store. */
    private void goOnThere() {
        driver = there;
        store = target;
        session = there.session();
    }
}
