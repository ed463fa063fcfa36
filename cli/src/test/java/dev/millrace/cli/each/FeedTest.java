package dev.millrace.cli.each;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.testkit.Faults;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeedTest {
    @TempDir
    Path folder;

    private OpenRun run;

    @BeforeEach
    void open() throws Exception {
        run = new OpenRun(folder);
    }

    @AfterEach
    void close() {
        run.close();
    }

    @Test
    void an_end_in_an_earlier_run_is_not_taken_for_one_in_this() throws Exception {
        Line.Payload payload = new Line.Payload("a", 1);
        run.millrace().enqueue(OpenRun.TYPE.with(payload).id(run.id("a")));
        assertThat(run.millrace().jobs().kind("each").cancelAll()).isEqualTo(1);

        Faults.Gate met = run.store().faults().blockReply(Faults.Call.GET);
        CompletableFuture<Void> feed = run.feed("a\n");
        met.awaitCall();
        run.ledger().look(run.window().pending());
        met.open();
        feed.join();
        run.ledger().look(run.window().pending());

        assertThat(run.places().tally().count().failed()).isZero();
        assertThat(run.millrace().jobs().state(JobState.READY).count()).isEqualTo(1);
    }

    @Test
    void a_line_that_waits_is_not_cancelled_for_a_short_time_of_keeping() {
        run.feed("a\n").join();

        assertThat(run.millrace().jobs().kind("each"))
                .singleElement()
                .satisfies(job -> assertThat(job.record().times().expiresAt())
                        .isAfter(Instant.now().plus(OpenRun.KEEP.multipliedBy(29))));
    }

    @Test
    void the_end_of_a_line_here_outlives_its_job() throws Exception {
        run.feed("good\nbad\nunknown\n").join();
        run.end("good", new Line.Ending.Succeeded(new Line.Result(new byte[0], 0)));
        run.end("bad", new Line.Ending.Failed("exit code 3"));
        run.millrace().jobs().kind("each").deleteAll();

        run.ledger().look(run.window().pending());

        List<String> failures = new ArrayList<>();
        run.places().tally().forEachFailure(failures::add);
        assertThat(run.places().tally().count().done()).isEqualTo(1);
        assertThat(failures)
                .hasSize(2)
                .anyMatch(text -> text.contains("exit code 3") && text.contains("bad"))
                .anyMatch(text -> text.contains("deleted") && text.contains("unknown"));
    }

    @Test
    void lines_are_stored_in_chunks_when_there_is_no_room_too() {
        int lines = 3 * OpenRun.WINDOW;
        CompletableFuture<Void> feed = run.feed(numbers(lines));

        while (!feed.isDone()) {
            run.window().pending().forEach(this::close);
        }

        feed.join();
        assertThat(run.store().faults().calls(Faults.Call.ENQUEUE)).isLessThan(lines / 10);
    }

    /** As slowly as a command would end. */
    private void close(Line line) {
        run.window().confirm(line);
        run.window().printed(line);
        LockSupport.parkNanos(50_000);
    }

    @Test
    void a_single_free_place_is_taken_in_the_end() {
        CompletableFuture<Void> feed = run.feed(numbers(OpenRun.WINDOW + 1));
        Line first = awaitLine("1");

        run.window().confirm(first);
        run.window().printed(first);

        feed.join();
        assertThat(run.millrace().jobs().kind("each").count()).isEqualTo(OpenRun.WINDOW + 1);
    }

    private Line awaitLine(String text) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (run.window().pending().size() < OpenRun.WINDOW) {
            assertThat(System.nanoTime()).as("the window is full").isLessThan(deadline);
            Thread.onSpinWait();
        }
        Line line = run.window().find(run.id(text));
        assertThat(line).isNotNull();
        return line;
    }

    private static String numbers(int most) {
        return IntStream.rangeClosed(1, most).mapToObj(n -> n + "\n").collect(Collectors.joining());
    }
}
