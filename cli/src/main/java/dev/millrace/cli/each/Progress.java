package dev.millrace.cli.each;

import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.Terminal;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how far it has come. */
interface Progress extends AutoCloseable {
    /** To be called often. */
    void show(LineTally.Count count);

    @Override
    default void close() {}

    /** Nothing is shown. */
    record Silent() implements Progress {
        @Override
        public void show(LineTally.Count count) {}
    }

    /** A line every so often, for logs. */
    final class Lines implements Progress {
        private static final Duration EVERY = Duration.ofSeconds(10);

        private final Screen screen;
        private Duration next = EVERY;

        Lines(Screen screen) {
            this.screen = screen;
        }

        @Override
        public void show(LineTally.Count count) {
            if (count.time().compareTo(next) >= 0) {
                next = count.time().plus(EVERY);
                screen.say(count.ended() + " of " + count.read() + (count.complete() ? "" : " or more")
                        + " lines after " + Durations.human(count.time()) + ": " + text(count));
            }
        }
    }

    /** A bar on a terminal. */
    final class Bar implements Progress {
        private static final int EVERY_MILLIS = 200;

        private final Screen screen;
        private final ProgressBar bar;
        private final AtomicBoolean closed = new AtomicBoolean();

        Bar(Screen screen, Terminal terminal) {
            this.screen = screen;
            this.bar = new ProgressBarBuilder()
                    .setTaskName("each")
                    .setInitialMax(-1)
                    .setUpdateIntervalMillis(EVERY_MILLIS)
                    .setStyle(terminal.colours() ? ProgressBarStyle.COLORFUL_UNICODE_BLOCK : ProgressBarStyle.ASCII)
                    .setConsumer(new DelegatingProgressBarConsumer(screen::bar, terminal.columns() - 1))
                    .setMaxRenderedLength(terminal.columns() - 1)
                    .build();
        }

        @Override
        public void show(LineTally.Count count) {
            if (count.complete()) {
                bar.maxHint(count.read());
            }
            bar.stepTo(count.ended());
            bar.setExtraMessage(
                    count.failed() + count.retried() == 0
                            ? ""
                            : count.failed() + " failed, " + count.retried() + " retried");
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                bar.close();
                screen.bar("");
            }
        }
    }

    /** The numbers in words. */
    static String text(LineTally.Count count) {
        return count.done() + " done, " + count.failed() + " failed, " + count.skipped() + " skipped (done before), "
                + count.retried() + " retried";
    }
}
