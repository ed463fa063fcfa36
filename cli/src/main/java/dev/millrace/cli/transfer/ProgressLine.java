package dev.millrace.cli.transfer;

import dev.millrace.TransferProgress;
import dev.millrace.TransferProgress.Phase;
import dev.millrace.cli.out.Terminal;
import java.io.PrintWriter;
import java.util.function.Consumer;

/** How far it is, in one line of standard error that is written over and over: for a person at a terminal, and nobody else. */
final class ProgressLine implements Consumer<TransferProgress>, AutoCloseable {
    private static final long EVERY_NANOS = 100_000_000;
    private static final int WIDTH = 70;
    private final PrintWriter err;

    private final boolean shown;
    private Phase phase = Phase.CHECKING;
    private long phaseBegan = System.nanoTime();
    private long shownAt = phaseBegan - EVERY_NANOS;
    private boolean written;

    ProgressLine(PrintWriter err, Terminal terminal) {
        this.err = err;
        this.shown = terminal.watched();
    }

    @Override
    public void accept(TransferProgress progress) {
        long now = System.nanoTime();
        if (progress.phase() != phase) {
            phase = progress.phase();
            phaseBegan = now;
        }
        if (!shown || now - shownAt < EVERY_NANOS) {
            return;
        }
        shownAt = now;
        double seconds = Math.max(1e-3, (now - phaseBegan) / 1e9);
        String verb = switch (phase) {
            case CHECKING -> "checking";
            case COPYING -> "copying";
            case COMPARING -> "comparing";
        };
        write(String.format(
                "%s: %,d%s, %,.0f/s",
                verb,
                progress.items(),
                progress.total() > 0 ? String.format(" of about %,d", progress.total()) : "",
                progress.items() / seconds));
    }

    /** Leaves a clean line behind. */
    @Override
    public void close() {
        if (written) {
            write("");
            err.print('\r');
            err.flush();
        }
    }

    private void write(String text) {
        err.print('\r' + text + " ".repeat(Math.max(0, WIDTH - text.length())));
        err.flush();
        written = true;
    }
}
