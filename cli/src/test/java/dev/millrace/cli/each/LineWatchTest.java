package dev.millrace.cli.each;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.testkit.Faults;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineWatchTest {
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
    void its_end_does_not_break_off_a_call_of_the_store() throws Exception {
        run.feed("a\n").join();
        run.end("a", new Line.Ending.Succeeded(new Line.Result(new byte[0], 0)));
        run.millrace().jobs().kind("each").deleteAll();
        Faults.Gate asked = run.store().faults().blockReply(Faults.Call.GET);
        LineWatch watch = new LineWatch(run.places(), run.ledger(), new Progress.Silent()).start();
        asked.awaitCall();

        Thread closing = new Thread(watch::close);
        closing.start();
        awaitWaiting(closing);
        asked.open();
        closing.join();

        assertThat(run.places().halt().requested()).isFalse();
        assertThat(run.places().tally().count().done()).isEqualTo(1);
    }

    private static void awaitWaiting(Thread thread) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (thread.getState() != Thread.State.WAITING) {
            assertThat(System.nanoTime()).as("the thread waits").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void what_goes_wrong_once_the_process_is_to_end_is_no_reason() {
        run.places().halt().request();
        run.places().halt().fail(new IllegalStateException("too late"));

        assertThat(run.places().halt().cause()).isEmpty();
    }
}
