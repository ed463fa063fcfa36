package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Failure;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Report;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import dev.millrace.spi.Settlement;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.SessionDriver;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the runs of a job leave behind: records, keyed by lease token, and log lines. */
abstract class RunRecordRules extends ContractPart {
    private SessionDriver session;
    private UUID id;

    @BeforeEach
    void enqueue() {
        session = driver.session("host:1#1", Jobs.WORK);
        id = driver.enqueue(Jobs.work());
    }

    @Test
    void a_run_is_recorded_with_its_worker_times_and_failure() {
        Failure failure = new Failure("java.io.IOException", "no route", "at mail.Sender\nat mail.Queue");
        ClaimedJob run = session.claimNext();
        clock.advance(MINUTE);

        session.settle(new Settlement(
                run.run(), new Outcome.Retry(failure, Duration.ZERO), Duration.ofSeconds(20), Report.NONE));

        RunRecord record = onlyRun();
        assertThat(record.token()).isEqualTo(1);
        assertThat(record.attempt()).isEqualTo(1);
        assertThat(record.worker()).isEqualTo("host:1#1");
        assertThat(record.end()).isEqualTo(RunEnd.RETRIED);
        assertThat(record.failure()).isEqualTo(failure);
        assertAbout(record.startedAt(), START.plusSeconds(40));
        assertAbout(record.endedAt(), START.plusSeconds(60));
    }

    @Test
    void records_are_kept_oldest_first_and_numbered_by_token() {
        session.retry(session.claimNext(), Duration.ZERO);
        session.snooze(session.claimNext(), Duration.ZERO);
        session.settle(session.claimNext(), new Outcome.HandedBack(true));
        session.succeed(session.claimNext());

        List<RunRecord> runs = driver.trail(id).runs();
        assertThat(runs).extracting(RunRecord::token).containsExactly(1L, 2L, 3L, 4L);
        assertThat(runs)
                .extracting(RunRecord::end)
                .containsExactly(RunEnd.RETRIED, RunEnd.SNOOZED, RunEnd.HANDED_BACK, RunEnd.SUCCEEDED);
        assertThat(runs).extracting(RunRecord::attempt).containsExactly(1, 2, 2, 2);
        assertThat(runs.get(1).failure()).isNull();
    }

    @Test
    void a_hand_back_before_the_handler_leaves_no_record_and_no_gap_in_the_attempts() {
        session.handBack(session.claimNext());

        assertThat(driver.trail(id).runs()).isEmpty();
        ClaimedJob again = session.claimNext();
        assertThat(again.token()).isEqualTo(2);
        assertThat(again.history().attempt()).isEqualTo(1);
    }

    @Test
    void a_hand_back_after_the_handler_began_leaves_a_record() {
        session.settle(session.claimNext(), new Outcome.HandedBack(true));

        assertThat(onlyRun().end()).isEqualTo(RunEnd.HANDED_BACK);
    }

    @Test
    void a_rescued_run_is_recorded_from_its_claim_on() {
        ClaimedJob run = session.claimNext();
        driver.letDie();

        RunRecord record = onlyRun();
        assertThat(record.token()).isEqualTo(run.token());
        assertThat(record.worker()).isEqualTo("host:1#1");
        assertThat(record.end()).isEqualTo(RunEnd.RESCUED);
        assertAbout(record.startedAt(), START);
        assertThat(record.endedAt()).isAfter(START.plus(LEASE).minus(SECOND));
    }

    @Test
    void a_record_says_how_the_run_ended_though_the_job_was_cancelled() {
        ClaimedJob run = session.claimNext();
        driver.cancel(id);

        session.succeed(run);

        assertThat(onlyRun().end()).isEqualTo(RunEnd.SUCCEEDED);
    }

    @Test
    void the_latest_twenty_records_are_kept() {
        int runs = JobTrail.MAX_RUNS + 5;
        for (int i = 0; i < runs; i++) {
            session.retry(session.claimNext(), Duration.ZERO);
        }

        assertThat(driver.trail(id).runs())
                .extracting(RunRecord::token)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(6, runs).boxed().toList());
        assertThat(driver.job(id).run().attempt()).isEqualTo(runs);
    }

    @Test
    void records_outlive_running_again() {
        session.fail(session.claimNext());
        driver.runAgain(id);
        session.succeed(session.claimNext());

        assertThat(driver.trail(id).runs()).extracting(RunRecord::end).containsExactly(RunEnd.FAILED, RunEnd.SUCCEEDED);
        assertThat(driver.trail(id).runs()).extracting(RunRecord::attempt).containsExactly(1, 1);
    }

    @Test
    void log_lines_are_kept_oldest_first_across_runs() {
        ClaimedJob first = session.claimNext();
        session.beat(first, log("one", "two"));
        session.settle(new Settlement(first.run(), new Outcome.Snoozed(Duration.ZERO), SECOND, log("three")));
        session.beat(session.claimNext(), log("four"));

        assertThat(driver.trail(id).log()).extracting(LogLine::text).containsExactly("one", "two", "three", "four");
        assertThat(driver.trail(id).log()).extracting(LogLine::at).containsOnly(START);
    }

    @Test
    void of_more_log_than_is_kept_the_oldest_lines_go_and_the_first_line_says_so() {
        ClaimedJob run = session.claimNext();
        String thousand = "x".repeat(1_000);
        for (int batch = 0; batch < 10; batch++) {
            int from = batch * 10;
            session.beat(
                    run,
                    log(IntStream.range(from, from + 10)
                            .mapToObj(number -> number + ":" + thousand)
                            .toArray(String[]::new)));
        }

        List<LogLine> kept = driver.trail(id).log();
        assertThat(kept.stream().mapToInt(line -> line.text().length()).sum())
                .isBetween(Report.MAX_LOG / 2, Report.MAX_LOG + 200);
        assertThat(kept.get(0).text()).isNotBlank().doesNotContain(thousand);
        List<String> lines = kept.stream().skip(1).map(LogLine::text).toList();
        assertThat(lines)
                .containsExactlyElementsOf(IntStream.range(100 - lines.size(), 100)
                        .mapToObj(number -> number + ":" + thousand)
                        .toList());
    }

    private RunRecord onlyRun() {
        assertThat(driver.trail(id).runs()).hasSize(1);
        return driver.trail(id).runs().get(0);
    }

    private static Report log(String... lines) {
        return new Report(
                null,
                List.of(lines).stream().map(line -> new LogLine(START, line)).toList());
    }
}
