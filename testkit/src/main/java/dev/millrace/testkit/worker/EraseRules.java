package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.EraseReport;
import dev.millrace.JobHandle;
import dev.millrace.JobState;
import dev.millrace.PermanentFailure;
import dev.millrace.ResultExpiredException;
import dev.millrace.spi.JobTrail;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A person's jobs can be erased, all of them. */
abstract class EraseRules extends WorkerPart {
    private static final String TAG = "user:7";

    private void assertGone(JobHandle<?> handle) {
        assertThat(millrace.job(handle.id())).isEmpty();
        assertThat(store.trail(handle.id())).isEqualTo(JobTrail.EMPTY);
        assertThatThrownBy(handle::state).isInstanceOf(ResultExpiredException.class);
    }

    @Test
    void jobs_of_the_tag_go_whatever_their_state_and_others_stay() throws Exception {
        start(worker().queues("served").handle(ECHO, (text, job) -> {
            job.log("it was %s", text);
            if (text.equals("bad")) {
                throw new PermanentFailure("it is bad");
            }
            return text;
        }));
        List<JobHandle<String>> tagged = new ArrayList<>();
        tagged.add(millrace.enqueue(ECHO.with("good").queue("served").tag(TAG, "more")));
        tagged.add(millrace.enqueue(ECHO.with("bad").queue("served").tag(TAG)));
        awaitState(tagged.get(0), JobState.SUCCEEDED);
        awaitState(tagged.get(1), JobState.FAILED);
        tagged.add(millrace.enqueue(ECHO.with("ready").tag(TAG).uniqueKey("key")));
        tagged.add(millrace.enqueue(ECHO.with("later").tag(TAG).in(Duration.ofHours(1))));
        JobHandle<String> cancelled = millrace.enqueue(ECHO.with("cancelled").tag(TAG));
        cancelled.cancel();
        tagged.add(cancelled);
        JobHandle<String> other = millrace.enqueue(ECHO.with("other").tag("user:77"));

        EraseReport report = millrace.erase(TAG);

        assertThat(report).isEqualTo(new EraseReport(TAG, 5, 0));
        assertThat(report.complete()).isTrue();
        tagged.forEach(this::assertGone);
        assertThat(other.state()).isEqualTo(JobState.READY);
        assertThat(millrace.erase(TAG)).isEqualTo(new EraseReport(TAG, 0, 0));
        JobHandle<String> again = millrace.enqueue(ECHO.with("again").uniqueKey("key"));
        assertThat(again.state()).isEqualTo(JobState.READY);
    }

    @Test
    void a_running_job_is_asked_to_stop_remains_and_goes_with_the_second_call() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        start(worker().handle(ECHO, (text, job) -> {
            running.countDown();
            new CountDownLatch(1).await();
            return text;
        }));
        JobHandle<String> handle = millrace.enqueue(ECHO.with("long").tag(TAG));
        running.await();

        EraseReport first = millrace.erase(TAG);
        assertThat(first.erased() + first.remaining()).isEqualTo(1);
        until("nothing of it is left", () -> millrace.erase(TAG).complete());

        assertGone(handle);
    }

    @Test
    void any_number_of_jobs_goes() {
        millrace.enqueueEach(
                IntStream.range(0, 2_300).mapToObj(i -> WORK.with(i).tag(TAG)));

        assertThat(millrace.erase(TAG)).isEqualTo(new EraseReport(TAG, 2_300, 0));

        assertThat(millrace.jobs().count()).isZero();
    }

    @Test
    void a_tag_that_is_none_is_refused() {
        assertThatThrownBy(() -> millrace.erase(" ")).isInstanceOf(IllegalArgumentException.class);
    }
}
