package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.Progress;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Due;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Notes.Note;
import dev.millrace.spi.Operation;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Report;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.spi.Transfer.ExportPage;
import dev.millrace.spi.Transfer.Item;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Everything out, everything in: what is imported elsewhere is as it was. */
abstract class TransferRules extends ContractPart {
    private static final Filter NOT_RUNNING = Filter.ALL.withStates(
            Set.of(JobState.READY, JobState.SCHEDULED, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED));

    private StoreFixture elsewhere;
    private Store target;
    private StoreDriver there;

    @BeforeEach
    void openElsewhere() {
        elsewhere = contract.fixture();
        target = elsewhere.open(clock, retention());
        there = new StoreDriver(target, clock);
    }

    @AfterEach
    void checkTheBooksElsewhere() {
        try {
            assertThat(Books.faults(target)).as("faults in the target's books").isEmpty();
        } finally {
            elsewhere.close();
        }
    }

    @Test
    void jobs_in_every_state_and_all_they_left_are_the_same_elsewhere() {
        fill();

        target.importItems(exportAll(7));

        List<JobRecord> here = driver.find(NOT_RUNNING);
        assertThat(here).hasSize(6);
        for (JobRecord job : here) {
            assertThat(there.job(job.id())).usingRecursiveComparison().isEqualTo(job);
            assertThat(there.trail(job.id())).usingRecursiveComparison().isEqualTo(driver.trail(job.id()));
        }
        assertThat(there.find(Filter.ALL)).hasSameSizeAs(driver.find(Filter.ALL));
    }

    @Test
    void a_running_job_comes_as_ready_with_its_attempt_refunded() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        session.retry(session.claimNext(), Duration.ZERO);
        ClaimedJob run = session.claimNext();
        store.checkpoint(run.run(), "charge", new byte[] {1});

        target.importItems(exportAll(7));

        JobRecord job = there.job(id);
        assertThat(job.state()).isEqualTo(JobState.READY);
        assertThat(job.run().attempt()).isEqualTo(1);
        assertThat(job.run().token()).isEqualTo(2);
        assertThat(job.run().session()).isNull();
        assertThat(target.sessions()).isEmpty();
        ClaimedJob again = there.session().claimNext();
        assertThat(again.token()).isEqualTo(3);
        assertThat(again.history().attempt()).isEqualTo(2);
        assertThat(again.steps()).containsOnlyKeys("charge");
    }

    @Test
    void jobs_are_claimed_elsewhere_in_the_same_order() {
        List<JobDraft> drafts = new ArrayList<>(Jobs.many(10, Jobs.WORK));
        Collections.reverse(drafts);
        driver.enqueue(drafts);
        clock.advance(MINUTE);
        driver.enqueue(Jobs.work().priority(5));
        driver.operate(new Operation.Reprioritize(3), drafts.get(4).id());

        target.importItems(exportAll(3));

        assertThat(order(there)).isEqualTo(order(driver)).hasSize(11);
    }

    @Test
    void jobs_that_came_one_by_one_keep_their_order_elsewhere_whatever_their_ids_and_the_clocks_of_their_callers() {
        List<JobDraft> drafts = new ArrayList<>();
        for (JobDraft draft : Jobs.many(12, Jobs.WORK)) {
            drafts.add(draft.at(START.plus(HOUR)));
        }
        Collections.shuffle(drafts, new Random(7)); // ids come from callers' clocks, which differ
        for (JobDraft draft : drafts) {
            driver.enqueue(draft);
            clock.advance(MINUTE);
        }
        SessionDriver session = driver.session();
        session.snooze(session.take(drafts.get(2).id()), HOUR);
        driver.operate(
                new Operation.Reschedule(new Due.At(START.plus(HOUR))),
                drafts.get(2).id());
        driver.operate(new Operation.Cancel(), drafts.get(5).id());

        target.importItems(exportAll(5));

        clock.advance(HOUR);
        driver.sweep();
        there.sweep();
        List<UUID> order = drafts.stream().map(JobDraft::id).collect(Collectors.toList());
        order.remove(drafts.get(5).id());
        if (fixture.order() == StoreFixture.Order.EXACT) {
            assertThat(order(driver)).isEqualTo(order);
            assertThat(order(there)).isEqualTo(order);
        } else {
            assertThat(order(there)).containsExactlyInAnyOrderElementsOf(order);
        }
    }

    @Test
    void what_was_scheduled_falls_due_elsewhere() {
        UUID id = driver.enqueue(Jobs.work().in(HOUR));
        target.importItems(exportAll(7));
        SessionDriver session = there.session();

        assertThat(session.claim(9)).isEmpty();
        clock.advance(HOUR.plus(SECOND));

        assertThat(session.claimNext().spec().id()).isEqualTo(id);
    }

    @Test
    void keys_and_ids_are_held_elsewhere() {
        JobDraft holder = Jobs.work().unique("welcome");
        driver.enqueue(holder);
        JobDraft ended = Jobs.work().unique("goodbye");
        driver.cancel(driver.enqueue(ended));

        target.importItems(exportAll(7));

        assertThat(there.offer(Jobs.work().unique("welcome"))).isEqualTo(new Answer.Duplicate(holder.id()));
        assertThat(there.offer(holder)).isEqualTo(new Answer.Known(holder.id()));
        JobDraft next = Jobs.work().unique("goodbye");
        assertThat(there.offer(next)).isEqualTo(new Answer.Stored(next.id()));
    }

    @Test
    void what_ended_is_purged_and_run_again_elsewhere_as_it_would_be_here() {
        UUID brief = driver.enqueue(Jobs.work().keepFor(HOUR));
        UUID lasting = driver.enqueue(Jobs.work());
        driver.cancel(brief, lasting);
        target.importItems(exportAll(7));

        clock.advance(HOUR.plus(SECOND));
        there.sweep();

        assertThat(there.find(Filter.ALL)).extracting(JobRecord::id).containsExactly(lasting);
        assertThat(there.runAgain(lasting).done()).containsExactly(lasting);
        assertThat(there.session().claimNext().spec().id()).isEqualTo(lasting);
    }

    @Test
    void notes_come_along_with_what_is_left_of_their_time() {
        store.putNote("settings", "a", new byte[] {1}, Notes.ABSENT, null);
        store.putNote("settings", "b", new byte[] {2}, Notes.ABSENT, HOUR);
        store.putNote("locks", "c", new byte[0], Notes.ABSENT, MINUTE);
        clock.advance(MINUTE.multipliedBy(30));

        target.importItems(exportAll(1));

        assertThat(target.notes("settings")).extracting(Note::key).containsExactly("a", "b");
        assertThat(target.note("settings", "a").orElseThrow().value()).containsExactly(1);
        assertThat(target.notes("locks")).isEmpty();
        clock.advance(MINUTE.multipliedBy(31));
        assertThat(target.notes("settings")).extracting(Note::key).containsExactly("a");
    }

    @Test
    void importing_twice_changes_nothing() {
        fill();
        store.putNote("settings", "a", new byte[] {1}, Notes.ABSENT, null);
        List<Item> items = exportAll(7);
        assertThat(target.importItems(items)).isEqualTo(items.size());
        List<JobRecord> before = there.find(Filter.ALL);

        assertThat(target.importItems(items)).isZero();

        assertThat(there.find(Filter.ALL)).usingRecursiveComparison().isEqualTo(before);
    }

    @Test
    void what_exists_is_left_alone() {
        JobDraft draft = Jobs.work();
        driver.enqueue(draft);
        store.putNote("settings", "a", new byte[] {1}, Notes.ABSENT, null);
        there.cancel(there.enqueue(draft));
        target.putNote("settings", "a", new byte[] {2}, Notes.ABSENT, null);

        assertThat(target.importItems(exportAll(7))).isZero();

        assertThat(there.state(draft.id())).isEqualTo(JobState.CANCELLED);
        assertThat(target.note("settings", "a").orElseThrow().value()).containsExactly(2);
    }

    @Test
    void an_empty_store_exports_nothing() {
        assertThat(store.exportPage(null, 10)).isEqualTo(new ExportPage(List.of(), null));
        assertThat(target.importItems(List.of())).isZero();
    }

    /** Jobs in every state, with all that a job can leave. */
    private void fill() {
        SessionDriver session = driver.session();
        driver.enqueue(Jobs.work()
                .tag("t")
                .meta("m", "v")
                .group("customer", "g")
                .unique("k")
                .options("{}")
                .keepFor(DAY));
        session.settle(new Settlement(
                session.claimNext().run(),
                new Outcome.Succeeded(new byte[] {9}),
                SECOND,
                new Report(new Progress(3, 3, "all"), List.of(new LogLine(START, "done")))));
        driver.enqueue(Jobs.work().expiresIn(DAY));
        session.retry(session.claimNext(), Duration.ZERO);
        session.fail(session.claimNext());
        driver.enqueue(Jobs.work());
        session.snooze(session.claimNext(), HOUR);
        driver.enqueue(Jobs.work());
        ClaimedJob run = session.claimNext();
        store.checkpoint(run.run(), "charge", new byte[] {4, 2});
        session.retry(run, HOUR.multipliedBy(2));
        driver.cancel(driver.enqueue(Jobs.work()));
        driver.enqueue(Jobs.work().priority(9));
        session.claimNext();
        driver.enqueue(Jobs.work().priority(7));
    }

    private List<Item> exportAll(int limit) {
        List<Item> items = new ArrayList<>();
        @Nullable String cursor = null;
        do {
            ExportPage page = store.exportPage(cursor, limit);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
            items.addAll(page.items());
            cursor = page.next();
        } while (cursor != null);
        return items;
    }

    private static List<UUID> order(StoreDriver driver) {
        return driver.session().claim(99).stream().map(run -> run.spec().id()).toList();
    }
}
