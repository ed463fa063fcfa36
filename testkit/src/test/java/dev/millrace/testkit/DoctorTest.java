package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Failure;
import dev.millrace.Millrace;
import dev.millrace.spi.Examination;
import dev.millrace.spi.Finding;
import dev.millrace.spi.Finding.Severity;
import dev.millrace.spi.Findings;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Retention;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an examination finds on every engine. */
class DoctorTest {
    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final Millrace millrace = Millrace.builder("memory:")
            .clock(clock)
            .retention(new Retention(Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(1), 10))
            .open();
    private final StoreDriver driver = new StoreDriver(millrace.store(), clock);

    @AfterEach
    void close() {
        millrace.close();
    }

    @Test
    void a_fresh_store_has_nothing_to_mend_and_what_was_looked_at_is_said() {
        Examination examination = millrace.examine();

        assertThat(examination.worst()).contains(Severity.NOTE);
        assertThat(examination.findings()).extracting(Finding::code).containsExactly("memory-only");
        assertThat(examination.looked()).contains("the clocks", "paused queues", "what it survives");
    }

    @Test
    void a_session_that_is_silent_for_longer_than_its_lease_is_found_and_is_a_problem_if_it_holds_jobs() {
        driver.session();
        clock.advance(Duration.ofSeconds(31));
        assertFound("worker-silent", Severity.WARNING, "31 s");

        driver.enqueue(Jobs.work());
        driver.session("second", Jobs.WORK).claimNext();
        clock.advance(Duration.ofSeconds(31));

        assertFound("worker-silent", Severity.PROBLEM, "second");
    }

    @Test
    void a_worker_whose_jobs_do_not_end_is_found() {
        UUID id = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();
        session.claimNext();
        clock.advance(Duration.ofMinutes(59));
        session.beat();
        assertThat(found("worker-stuck")).isEmpty();

        clock.advance(Duration.ofMinutes(2));
        session.beat();

        assertFound("worker-stuck", Severity.WARNING, id.toString());
    }

    @Test
    void what_a_worker_reports_is_found() {
        worker("{\"problems\":[\"3 threads are held by handlers that ignore interrupts\"]}");

        assertFound("worker-trouble", Severity.WARNING, "3 threads are held");
    }

    @Test
    void workers_that_disagree_about_the_lease_are_found() {
        worker("{\"leaseMillis\":30000}");
        worker("{\"leaseMillis\":30000}");
        assertThat(found("leases-differ")).isEmpty();

        worker("{\"leaseMillis\":5000}");

        assertFound("leases-differ", Severity.PROBLEM, "5000 ms, 30 s");
    }

    @Test
    void a_job_that_waits_long_is_found_and_is_a_problem_after_ten_minutes() {
        driver.enqueue(Jobs.work());
        clock.advance(Duration.ofSeconds(60));
        assertThat(found("queue-waiting")).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        assertFound("queue-waiting", Severity.WARNING, "61 s");

        clock.advance(Duration.ofMinutes(10));

        assertFound("queue-waiting", Severity.PROBLEM, "11 min");
    }

    @Test
    void jobs_without_any_worker_are_found() {
        driver.enqueue(Jobs.work());

        assertFound("no-worker", Severity.WARNING, "1 job READY");
    }

    @Test
    void a_kind_that_no_worker_handles_in_its_queue_is_found() {
        worker("{\"kinds\":[\"other\"],\"queues\":[]}");
        worker("{\"kinds\":[\"work\"],\"queues\":[\"elsewhere\"]}");
        driver.enqueue(Jobs.work());
        assertFound("kind-unhandled", Severity.WARNING, "1 job of kind work");

        worker("{\"kinds\":[\"work\"],\"queues\":[]}");

        assertThat(found("kind-unhandled")).isEmpty();
    }

    @Test
    void of_many_findings_of_one_sort_the_rest_is_counted() {
        worker("{\"kinds\":[],\"queues\":[]}");
        for (int i = 0; i < 25; i++) {
            driver.enqueue(Jobs.plain("kind" + i));
        }

        assertThat(found("kind-unhandled"))
                .hasSize(11)
                .last()
                .extracting(Finding::what)
                .isEqualTo("and 15 more like these");
    }

    @Test
    void a_paused_queue_with_a_backlog_is_found() {
        millrace.queue(Jobs.QUEUE).pause();
        assertThat(found("queue-paused")).isEmpty();
        driver.enqueue(Jobs.work());
        assertFound("queue-paused", Severity.NOTE, "paused with 1 job");
        assertThat(found("queue-paused").get(0).remedy()).endsWith("millrace resume " + Jobs.QUEUE);

        clock.advance(Duration.ofMinutes(61));

        assertFound("queue-paused", Severity.WARNING, "61 min");
        assertThat(found("queue-waiting")).isEmpty();
    }

    @Test
    void ended_jobs_near_their_cap_are_found() {
        end(8, new Outcome.Succeeded(null));
        assertThat(found("kept-cap")).isEmpty();

        end(1, new Outcome.Succeeded(null));

        assertFound("kept-cap", Severity.NOTE, "9 SUCCEEDED");
    }

    @Test
    void many_failed_jobs_are_found() {
        end(1_000, new Outcome.Failed(Failure.of("broken", "it broke")));
        assertThat(found("failed-many")).isEmpty();

        end(1, new Outcome.Failed(Failure.of("broken", "it broke")));

        assertFound("failed-many", Severity.NOTE, "1001");
    }

    @Test
    void a_store_that_nobody_sweeps_is_found() {
        end(1, new Outcome.Succeeded(null));
        assertFound("not-swept", Severity.NOTE, "1 job that ended");

        worker("{}");

        assertThat(found("not-swept")).isEmpty();
    }

    @Test
    void a_clock_that_is_far_from_the_stores_is_found() {
        ManualClock ours = new ManualClock(clock.instant());
        Millrace distant = Millrace.builder(millrace.store()).clock(ours).open();

        ours.advance(Duration.ofSeconds(1));
        assertThat(distant.examine().findings()).extracting(Finding::code).doesNotContain("clocks-differ");
        ours.advance(Duration.ofSeconds(1));
        assertThat(distant.examine().findings())
                .anyMatch(each -> each.code().equals("clocks-differ")
                        && each.severity() == Severity.NOTE
                        && each.what().contains("ahead of"));
        ours.set(clock.instant().minusSeconds(6));
        assertThat(distant.examine().findings())
                .anyMatch(each -> each.code().equals("clocks-differ")
                        && each.severity() == Severity.WARNING
                        && each.what().contains("behind"));
    }

    @Test
    void a_store_that_does_not_answer_is_a_problem_and_no_exception() {
        FaultyStore faulty = new FaultyStore(millrace.store());
        faulty.faults().failBefore(Faults.Call.COUNTS, 1);

        List<Finding> findings = Millrace.builder(faulty).open().examine().findings();

        assertThat(findings).hasSize(1);
        assertThat(findings.get(0).code()).isEqualTo("store-unreachable");
        assertThat(findings.get(0).severity()).isEqualTo(Severity.PROBLEM);
    }

    @Test
    void a_look_that_fails_is_a_note_and_keeps_no_other_from_being_taken() {
        Findings findings = new Findings(Duration.ofHours(1));
        findings.look("one thing", () -> {
            throw new IllegalStateException("no right to");
        });
        findings.look("another", () -> findings.problem("code", "what", "why", "remedy"));

        Examination examination = findings.examination();

        assertThat(examination.looked()).containsExactly("one thing", "another");
        assertThat(examination.findings()).extracting(Finding::code).containsExactly("code", "unread");
        assertThat(examination.findings().get(1).what()).isEqualTo("could not look at one thing: no right to");
    }

    @Test
    void no_look_is_taken_once_the_time_is_over() {
        Findings findings = new Findings(Duration.ofSeconds(-1));
        findings.look("a thing", () -> findings.problem("code", "what", "why", "remedy"));

        assertThat(findings.examination().findings()).extracting(Finding::code).containsExactly("unread");
    }

    private void worker(String status) {
        millrace.store().openSession(new SessionOpening(Jobs.newId(), "worker", status));
    }

    private void end(int count, Outcome outcome) {
        driver.enqueue(Jobs.many(count, Jobs.WORK));
        SessionDriver session = driver.session();
        session.settle(session.claim(count).stream()
                .map(job -> Settlement.of(job.run(), outcome))
                .toList());
        session.close();
    }

    private List<Finding> found(String code) {
        return millrace.examine().findings().stream()
                .filter(finding -> finding.code().equals(code))
                .toList();
    }

    private void assertFound(String code, Severity severity, String what) {
        assertThat(found(code)).as(code).anySatisfy(finding -> {
            assertThat(finding.severity()).isEqualTo(severity);
            assertThat(finding.what()).contains(what);
        });
    }
}
