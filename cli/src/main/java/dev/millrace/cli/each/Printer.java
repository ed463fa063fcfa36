package dev.millrace.cli.each;

import java.io.IOException;

/** Prints what became of lines. */
interface Printer {
    void print(Report report) throws IOException;

    /** What the commands printed, as they printed it. */
    record Plain(Screen screen) implements Printer {
        @Override
        public void print(Report report) throws IOException {
            if (!(report.content() instanceof Report.Content.None)) {
                screen.out(report.content()::copyTo);
            }
        }
    }
}
