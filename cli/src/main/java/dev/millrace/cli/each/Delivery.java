package dev.millrace.cli.each;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** In which order lines are printed. Safe for use from any thread. */
sealed interface Delivery {
    /** Prints what became of a line, now or when its turn comes. */
    void deliver(Report report) throws IOException;

    /** In the order in which they end. */
    record AsTheyEnd(Printer printer, Window window) implements Delivery {
        @Override
        public void deliver(Report report) throws IOException {
            if (report.line().deliver()) {
                printer.print(report);
                window.printed(report.line());
            }
            report.content().discard();
        }
    }

    /** In the order of the input. Those that wait lie on disk. */
    final class InOrder implements Delivery {
        private final Printer printer;
        private final Window window;
        private final Map<Long, Report> waiting = new HashMap<>();
        private long turn;

        InOrder(Printer printer, Window window) {
            this.printer = printer;
            this.window = window;
        }

        @Override
        public synchronized void deliver(Report report) throws IOException {
            if (!report.line().deliver()) {
                report.content().discard();
                return;
            }
            waiting.put(report.line().number(), report);
            for (Report next = waiting.remove(turn); next != null; next = waiting.remove(turn)) {
                turn++;
                printer.print(next);
                next.content().discard();
                window.printed(next.line());
            }
        }
    }
}
