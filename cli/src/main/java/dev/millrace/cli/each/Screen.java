package dev.millrace.cli.each;

import dev.millrace.cli.out.Terminal;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Standard output and standard error, each piece in one go, with the progress bar out of the way. Safe for use from any
 * thread.
 */
final class Screen {
    private static final String CLEAR = "\r\u001b[K";

    private final OutputStream out;
    private final OutputStream err;
    private final boolean seen;
    private String bar = "";
    private boolean lineOpen;

    /** Writes to standard output. */
    @FunctionalInterface
    interface Piece {
        void write(OutputStream out) throws IOException;
    }

    Screen(Terminal terminal) {
        this.out = terminal.out();
        this.err = terminal.err();
        this.seen = terminal.seen();
    }

    /** Writes a piece to standard output. */
    synchronized void out(Piece piece) throws IOException {
        clear();
        LastByte last = new LastByte(out);
        piece.write(last);
        out.flush();
        lineOpen = seen && last.value != '\n' && (last.value >= 0 || lineOpen);
        draw();
    }

    /** Copies a file to standard error. */
    synchronized void err(Path file) throws IOException {
        if (Files.size(file) == 0) {
            return;
        }
        clear();
        Files.copy(file, err);
        err.flush();
        draw();
    }

    /** A line of our own on standard error. What nobody can read any more is not worth an error. */
    synchronized void say(String text) {
        try {
            clear();
            if (lineOpen) {
                write("\n");
                lineOpen = false;
            }
            write("millrace: " + text + System.lineSeparator());
            draw();
        } catch (IOException e) {
            bar = "";
        }
    }

    /** Shows the bar below everything else, instead of the one before; empty for none. */
    synchronized void bar(String text) {
        try {
            clear();
            bar = text;
            draw();
        } catch (IOException e) {
            bar = "";
        }
    }

    private void clear() throws IOException {
        if (!bar.isEmpty()) {
            write(CLEAR);
        }
    }

    private void draw() throws IOException {
        if (!bar.isEmpty()) {
            if (lineOpen) {
                write("\n");
                lineOpen = false;
            }
            write(bar);
        }
    }

    private void write(String text) throws IOException {
        err.write(text.getBytes(StandardCharsets.UTF_8));
        err.flush();
    }

    /** Remembers how what was written ended. */
    private static final class LastByte extends OutputStream {
        private final OutputStream to;
        private int value = -1;

        LastByte(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            to.write(b);
            value = b & 0xFF;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            to.write(bytes, offset, length);
            if (length > 0) {
                value = bytes[offset + length - 1] & 0xFF;
            }
        }

        @Override
        public void flush() throws IOException {
            to.flush();
        }
    }
}
