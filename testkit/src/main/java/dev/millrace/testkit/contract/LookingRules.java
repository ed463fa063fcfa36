package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Filter.Span;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobPage;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.Operation;
import dev.millrace.spi.OperationReport;
import dev.millrace.spi.Transfer.Item;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Looking: single jobs, pages by filter, counts. Nothing here changes anything. */
abstract class LookingRules extends ContractPart {
    /** No store looks at more jobs for one page. */
    private static final int MORE_THAN_A_PAGE_LOOKS_AT = 10_050;

    @Test
    void of_ids_those_that_exist_are_got() {
        UUID one = driver.enqueue(Jobs.work());
        UUID two = driver.enqueue(Jobs.work());

        assertThat(store.get(List.of(two, Jobs.newId(), one)))
                .extracting(JobRecord::id)
                .containsExactlyInAnyOrder(one, two);
        assertThat(store.get(List.of())).isEmpty();
        assertThat(store.trail(Jobs.newId())).isEqualTo(JobTrail.EMPTY);
    }

    @Test
    void more_ids_than_one_query_holds_are_got() {
        List<UUID> ids = driver.enqueue(Jobs.many(1_500, Jobs.WORK));

        assertThat(store.get(ids)).extracting(JobRecord::id).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void a_page_is_filtered_by_state() {
        UUID ready = driver.enqueue(Jobs.work());
        UUID scheduled = driver.enqueue(Jobs.work().in(HOUR));
        UUID cancelled = driver.enqueue(Jobs.work());
        driver.cancel(cancelled);

        assertThat(found(Filter.ALL.withStates(Set.of(JobState.READY)))).containsExactly(ready);
        assertThat(found(Filter.ALL.withStates(Set.of(JobState.CANCELLED, JobState.SCHEDULED))))
                .containsExactly(cancelled, scheduled);
        assertThat(found(Filter.ALL.withStates(Set.of(JobState.RUNNING)))).isEmpty();
    }

    @Test
    void a_page_is_filtered_by_queue_kind_tag_group_and_ids_and_by_all_of_them() {
        UUID mail = driver.enqueue(Jobs.plain("a").queue("mail").tag("x").group("customer", "g"));
        UUID tagged = driver.enqueue(Jobs.plain("b").tag("x").tag("y"));
        UUID grouped = driver.enqueue(Jobs.plain("a").group("customer", "g"));
        UUID plain = driver.enqueue(Jobs.plain("b"));

        assertThat(found(Filter.ALL)).containsExactly(plain, grouped, tagged, mail);
        assertThat(found(Filter.ALL.withQueue("mail"))).containsExactly(mail);
        assertThat(found(Filter.ALL.withKind("b"))).containsExactly(plain, tagged);
        assertThat(found(Filter.ALL.withTag("x"))).containsExactly(tagged, mail);
        assertThat(found(Filter.ALL.withTag("y"))).containsExactly(tagged);
        assertThat(found(Filter.ALL.withGroup("g"))).containsExactly(grouped, mail);
        assertThat(found(Filter.ids(Set.of(plain, mail, Jobs.newId())))).containsExactly(plain, mail);
        assertThat(found(Filter.ALL.withTag("x").withKind("a"))).containsExactly(mail);
        assertThat(found(Filter.ids(Set.of(grouped)).withQueue("mail"))).isEmpty();
        assertThat(found(Filter.ALL.withTag("X"))).isEmpty();
    }

    @Test
    void a_span_goes_by_creation_and_for_what_has_ended_by_its_end() {
        UUID old = driver.enqueue(Jobs.work());
        UUID endedLate = driver.enqueue(Jobs.plain("other"));
        clock.advance(HOUR);
        UUID young = driver.enqueue(Jobs.work());
        driver.cancel(endedLate);

        Span early = new Span(START.plus(MINUTE), null);
        Span late = new Span(null, START.plus(MINUTE));
        Span neither = new Span(START.plus(MINUTE.multipliedBy(2)), START.plus(MINUTE));
        assertThat(found(Filter.ALL.withSpan(early))).containsExactly(old);
        assertThat(found(Filter.ALL.withSpan(late))).containsExactly(young, endedLate);
        assertThat(found(Filter.ALL.withSpan(neither))).isEmpty();
    }

    @Test
    void pages_are_complete_in_order_and_without_repetition() {
        List<UUID> all = driver.enqueue(Jobs.many(57, Jobs.WORK));

        assertThat(paged(Filter.ALL, 10)).containsExactlyElementsOf(newestFirst(all));
    }

    @Test
    void filtered_pages_are_complete_too() {
        List<UUID> wanted = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            UUID job = driver.enqueue(Jobs.plain(i % 3 == 0 ? "wanted" : "other"));
            if (i % 3 == 0) {
                wanted.add(job);
            }
        }

        assertThat(paged(Filter.ALL.withKind("wanted"), 7)).containsExactlyElementsOf(newestFirst(wanted));
    }

    @Test
    void jobs_of_a_tag_and_a_state_are_found_and_operated_on_behind_many_of_the_tag_in_other_states() {
        UUID wanted = driver.enqueue(Jobs.work().tag("x").in(HOUR));
        UUID ended = driver.enqueue(Jobs.work().tag("x"));
        driver.cancel(ended);
        JobRecord template = driver.job(ended);
        List<Item> others = Stream.generate(() -> (Item) new Item.Job(withNewId(template), JobTrail.EMPTY))
                .limit(MORE_THAN_A_PAGE_LOOKS_AT)
                .toList();
        for (int from = 0; from < others.size(); from += 1_000) {
            store.importItems(others.subList(from, Math.min(others.size(), from + 1_000)));
        }
        Filter filter = Filter.ALL.withTag("x").withStates(Set.of(JobState.SCHEDULED));

        assertThat(paged(filter, 10)).containsExactly(wanted);
        List<UUID> cancelled = new ArrayList<>();
        @Nullable UUID after = null;
        do {
            OperationReport report = store.operate(new Operation.Cancel(), filter, after, 10);
            cancelled.addAll(report.done());
            after = report.next();
        } while (after != null);
        assertThat(cancelled).containsExactly(wanted);
    }

    private static JobRecord withNewId(JobRecord job) {
        JobSpec spec = JobSpec.plain(Jobs.newId(), job.spec().kind(), job.spec().queue(), new byte[0])
                .withLabels(job.spec().labels());
        return new JobRecord(
                spec, job.state(), null, job.cancelReason(), job.run(), job.times(), job.result(), job.failure());
    }

    @Test
    void jobs_that_come_while_pages_are_turned_disturb_nothing() {
        List<UUID> all = driver.enqueue(Jobs.many(20, Jobs.WORK));
        JobPage first = store.page(Filter.ALL, null, 10);
        driver.enqueue(Jobs.many(5, Jobs.WORK));
        driver.delete(all.get(3), all.get(17));

        List<UUID> seen = new ArrayList<>(ids(first));
        seen.addAll(rest(Filter.ALL, first.next(), 10));

        List<UUID> expected = newestFirst(all);
        expected.remove(all.get(3));
        assertThat(seen).containsExactlyElementsOf(expected);
    }

    @Test
    void counts_tell_of_each_queue_kind_and_state_and_of_the_ready_job_that_waited_longest() {
        driver.enqueue(Jobs.plain("a").queue("mail"));
        clock.advance(MINUTE);
        driver.enqueue(Jobs.plain("a").queue("mail"));
        driver.enqueue(Jobs.plain("a").queue("mail").in(HOUR));
        UUID running = driver.enqueue(Jobs.work());
        driver.session().take(running);

        assertThat(count("mail", "a", JobState.READY).count()).isEqualTo(2);
        assertAbout(count("mail", "a", JobState.READY).oldest(), START);
        assertThat(count("mail", "a", JobState.SCHEDULED).count()).isEqualTo(1);
        assertThat(count("mail", "a", JobState.SCHEDULED).oldest()).isNull();
        assertThat(count(Jobs.QUEUE, Jobs.WORK, JobState.RUNNING).count()).isEqualTo(1);
        assertThat(count(Jobs.QUEUE, Jobs.WORK, JobState.READY).count()).isZero();
    }

    @Test
    void the_job_that_waited_longest_is_found_whatever_its_priority() {
        driver.enqueue(Jobs.work().priority(-5));
        clock.advance(MINUTE);
        driver.enqueue(Jobs.work().priority(5));

        assertAbout(count(Jobs.QUEUE, Jobs.WORK, JobState.READY).oldest(), START);
    }

    @Test
    void counts_follow_every_way_through_the_states() {
        SessionDriver session = driver.session();
        driver.enqueue(Jobs.many(6, Jobs.WORK));
        session.succeed(session.claimNext());
        session.fail(session.claimNext());
        session.retry(session.claimNext(), HOUR);
        session.handBack(session.claimNext());
        driver.cancel(session.claimNext().spec().id());

        assertThat(count(Jobs.QUEUE, Jobs.WORK, JobState.SUCCEEDED).count()).isEqualTo(1);
        assertThat(count(Jobs.QUEUE, Jobs.WORK, JobState.FAILED).count()).isEqualTo(1);
        assertThat(count(Jobs.QUEUE, Jobs.WORK, JobState.SCHEDULED).count()).isEqualTo(1);
        assertThat(count(Jobs.QUEUE, Jobs.WORK, JobState.RUNNING).count()).isEqualTo(1);
        assertThat(count(Jobs.QUEUE, Jobs.WORK, JobState.READY).count()).isEqualTo(2);
        assertThat(count(Jobs.QUEUE, Jobs.WORK, JobState.CANCELLED).count()).isZero();
    }

    @Test
    void another_view_sees_what_is_stored() {
        List<UUID> jobs = driver.enqueue(Jobs.many(3, Jobs.WORK));
        driver.cancel(jobs.get(0));

        assertThat(secondView().find(Filter.ALL)).usingRecursiveComparison().isEqualTo(driver.find(Filter.ALL));
    }

    @Test
    void what_is_stored_is_there_after_a_restart() {
        List<UUID> jobs = driver.enqueue(Jobs.many(3, Jobs.WORK));
        SessionDriver session = driver.session();
        session.settle(session.claimNext(), Outcomes.all().get(0));
        List<JobRecord> before = driver.find(Filter.ALL);
        JobTrail trail = driver.trail(jobs.get(0));

        reopen();

        assertThat(driver.find(Filter.ALL)).usingRecursiveComparison().isEqualTo(before);
        assertThat(driver.trail(jobs.get(0))).usingRecursiveComparison().isEqualTo(trail);
        assertThat(driver.session().claim(9)).hasSize(2);
    }

    @Test
    void a_store_says_what_it_is() {
        assertThat(store.info().engine()).isNotBlank();
        assertThat(store.info().address()).isNotBlank();
        assertThat(store.info().durability()).isNotBlank();
        store.optimize();
    }

    private JobCount count(String queue, String kind, JobState state) {
        return store.counts().stream()
                .filter(count -> count.queue().equals(queue) && count.kind().equals(kind) && count.state() == state)
                .findFirst()
                .orElse(new JobCount(queue, kind, state, 0, null));
    }

    private List<UUID> found(Filter filter) {
        return driver.find(filter).stream().map(JobRecord::id).toList();
    }

    private List<UUID> paged(Filter filter, int limit) {
        return rest(filter, null, limit);
    }

    private List<UUID> rest(Filter filter, @Nullable UUID from, int limit) {
        List<UUID> seen = new ArrayList<>();
        @Nullable UUID after = from;
        do {
            JobPage page = store.page(filter, after, limit);
            assertThat(page.jobs()).hasSizeLessThanOrEqualTo(limit);
            seen.addAll(ids(page));
            after = page.next();
        } while (after != null);
        return seen;
    }

    private static List<UUID> ids(JobPage page) {
        return page.jobs().stream().map(JobRecord::id).toList();
    }

    private static List<UUID> newestFirst(List<UUID> ids) {
        return new ArrayList<>(ids.stream().sorted(Comparator.reverseOrder()).toList());
    }
}
