package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.PermanentFailure;
import dev.millrace.RetryPolicy;
import dev.millrace.Stats;
import dev.millrace.Stats.Work;
import dev.millrace.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What came of runs is told by queue, by worker and in all, and outlives the workers. */
abstract class WorkRules extends WorkerPart {
    private static final RetryPolicy TWICE =
            RetryPolicy.fixed(Duration.ofMillis(1)).attempts(2);
    private static final JobType<Integer, Integer> MAIL = WORK.queue("mail").retry(TWICE);

    @TempDir
    Path folder;

    private static Work of(Stats stats, String queue) {
        return stats.queues().stream()
                .filter(each -> each.name().equals(queue))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no queue " + queue + " in " + stats))
                .work();
    }

    /** Ten jobs in "mail", of which 0 to 3 are retried and 7 fails; five in "default". Gives the worker that ran them. */
    private Worker workDone() {
        Worker worker = start(worker().name("the worker").handle(WORK, (number, job) -> {
            if (job.queue().equals("mail") && number == 7) {
                throw new PermanentFailure("seven");
            }
            if (job.queue().equals("mail") && number < 4 && job.attempt() == 1) {
                throw new IllegalStateException("once more");
            }
            return number;
        }));
        List<JobHandle<Integer>> handles = new ArrayList<>(enqueueWork(5));
        for (int i = 0; i < 10; i++) {
            handles.add(millrace.enqueue(MAIL.with(i)));
        }
        for (JobHandle<Integer> handle : handles) {
            until(handle + " has ended", () -> handle.state().finished());
        }
        until("all is counted", () -> worker.stats().counts().processed() == 19);
        return worker;
    }

    private static void assertMail(Work work) {
        assertThat(work.succeeded()).isEqualTo(9);
        assertThat(work.failed()).isEqualTo(1);
        assertThat(work.retried()).isEqualTo(4);
        assertThat(work.processed()).isEqualTo(14);
        assertThat(work.runTime().mean()).isPositive();
        assertThat(work.runTime().p95()).isPositive().isLessThan(PATIENCE);
    }

    @Test
    void work_is_counted_by_queue_and_in_all_as_soon_as_it_is_done() {
        workDone();

        Stats stats = millrace.stats();

        assertMail(of(stats, "mail"));
        assertThat(of(stats, "default").succeeded()).isEqualTo(5);
        assertThat(stats.work().processed()).isEqualTo(19);
        assertThat(stats.work().succeeded()).isEqualTo(14);
        until(
                "the heartbeat told it",
                () -> millrace.stats().workers().get(0).work().processed() == 19);
        until("the rate was told", () -> of(millrace.stats(), "mail").perSecond() > 0);
        Work worker = millrace.stats().workers().get(0).work();
        assertThat(worker.succeeded()).isEqualTo(14);
        assertThat(worker.failed()).isEqualTo(1);
        assertThat(worker.retried()).isEqualTo(4);
        assertThat(stats).asString().contains("14 processed (1 failed, 4 retried)");
    }

    @Test
    void the_totals_of_a_queue_outlive_its_workers_and_its_jobs() {
        Worker worker = workDone();
        worker.close();

        Millrace elsewhere = another();
        assertMail(of(elsewhere.stats(), "mail"));
        assertThat(elsewhere.stats().work().processed()).isEqualTo(19);
        millrace.jobs().state(JobState.SUCCEEDED, JobState.FAILED).deleteAll();

        assertThat(millrace.stats().count(JobState.SUCCEEDED)).isZero();
        assertMail(of(millrace.stats(), "mail"));
        worker = start(worker().handle(WORK, (number, job) -> number));
        JobHandle<Integer> more = millrace.enqueue(MAIL.with(1));
        awaitState(more, JobState.SUCCEEDED);
        worker.close();
        assertThat(of(elsewhere.stats(), "mail").succeeded()).isEqualTo(10);
    }

    @Test
    void what_a_place_has_done_stays_there_and_is_no_part_of_a_backup() {
        workDone().close();
        Path file = folder.resolve("backup");
        assertThat(millrace.backup(file)).isEqualTo(15);
        Millrace restored = elsewhere();

        assertThat(restored.restore(file)).isEqualTo(15);

        assertThat(restored.stats().count(JobState.SUCCEEDED)).isEqualTo(14);
        assertThat(restored.stats().work().processed()).isZero();
    }
}
