package dev.millrace.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jline.terminal.Size;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The live view, with keys that are pressed on a terminal without a window. */
class ScreenTest {
    private static final JobType<Integer, Integer> LETTER = JobType.of("letter", Integer.class, Integer.class);
    private static final String UP = "\u001b[A";
    private static final String DOWN = "\u001bOB";

    private final AtomicBoolean outage = new AtomicBoolean();
    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final PipedOutputStream keyboard = new PipedOutputStream();
    private Millrace millrace;
    private ExternalTerminal terminal;
    private CompletableFuture<Void> view;

    @BeforeEach
    void open() throws Exception {
        millrace = Millrace.open("memory:");
        millrace.enqueue(LETTER.with(1).queue("first"));
        millrace.enqueue(LETTER.with(1).queue("second"));
        terminal = new ExternalTerminal("test", "xterm", new PipedInputStream(keyboard), shown, StandardCharsets.UTF_8);
        terminal.setSize(Size.of(80, 24));
        Screen screen = new Screen(terminal, millrace, this::frame, false);
        view = CompletableFuture.runAsync(() -> {
            try {
                screen.run(Duration.ofMillis(100));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @AfterEach
    void close() throws Exception {
        terminal.close();
        millrace.close();
    }

    private Frame frame() {
        if (outage.get()) {
            throw new StoreException("the store is away");
        }
        return new Frame("memory:", millrace.stats(), millrace.health());
    }

    private void press(String keys) throws Exception {
        keyboard.write(keys.getBytes(StandardCharsets.UTF_8));
        keyboard.flush();
    }

    private String text() {
        return shown.toString(StandardCharsets.UTF_8);
    }

    private void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what + ", shown was " + text()).isLessThan(deadline);
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Test
    void it_shows_queues_and_ends_with_q() throws Exception {
        until("the queues are shown", () -> text().contains("first") && text().contains("second"));
        assertThat(text()).contains("q quits").contains("no workers");

        press("q");

        view.get(30, TimeUnit.SECONDS);
    }

    @Test
    void p_pauses_the_chosen_queue_and_lets_it_go_on() throws Exception {
        press(DOWN);
        press("p");
        until("the second queue is paused", () -> millrace.queue("second").paused());
        assertThat(millrace.queue("first").paused()).isFalse();

        press(UP);
        press("p");
        until("the first queue is paused", () -> millrace.queue("first").paused());

        press("p");
        until("the first queue goes on", () -> !millrace.queue("first").paused());
        assertThat(millrace.queue("second").paused()).isTrue();
        press("q");
        view.get(30, TimeUnit.SECONDS);
    }

    @Test
    void it_looks_again_and_again() throws Exception {
        until("the queues are shown", () -> text().contains("second"));

        millrace.enqueue(LETTER.with(1).queue("thereafter"));

        until("the new queue is shown", () -> text().contains("thereafter"));
        press("q");
        view.get(30, TimeUnit.SECONDS);
    }

    @Test
    void it_outlives_an_outage_and_says_so() throws Exception {
        until("the queues are shown", () -> text().contains("second"));

        outage.set(true);
        until("the outage is shown", () -> text().contains("the store is away"));
        outage.set(false);
        millrace.enqueue(LETTER.with(1).queue("thereafter"));

        until("it goes on", () -> text().contains("thereafter"));
        press("q");
        view.get(30, TimeUnit.SECONDS);
    }

    @Test
    void the_end_of_input_ends_it() throws Exception {
        until("the queues are shown", () -> text().contains("second"));

        keyboard.close();

        view.get(30, TimeUnit.SECONDS);
    }

    @Test
    void a_frame_fits_any_terminal() {
        for (int i = 0; i < 40; i++) {
            millrace.enqueue(LETTER.with(i).queue("a-queue-with-a-rather-long-name-" + i));
        }
        for (int columns : new int[] {20, 40, 60, 80, 200}) {
            for (int rows : new int[] {8, 24}) {
                assertThat(frame().lines(columns, rows, false, "second"))
                        .as("%s columns, %s rows", columns, rows)
                        .hasSizeLessThanOrEqualTo(rows)
                        .allMatch(line -> line.length() <= columns)
                        .anyMatch(line -> line.startsWith("sec"));
            }
        }
    }
}
