package dev.millrace.cli.top;

import dev.millrace.Millrace;
import dev.millrace.QueueHandle;
import dev.millrace.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jspecify.annotations.Nullable;

/** The live view on a terminal: draws a frame, waits for a key or the next second, draws again. */
final class Screen {
    private static final String KEYS = "up and down choose a queue   p pauses it or lets it go on   q quits";
    private static final int ESCAPE = 27;
    private static final int END_OF_INPUT = -1;
    /** Between the characters that one key sends. */
    private static final long WITHIN_KEY_MILLIS = 50;
    /** How soon a change of the terminal's size is seen. */
    private static final long LOOK_MILLIS = 200;

    private final Terminal terminal;
    private final Millrace millrace;
    private final Supplier<Frame> frames;
    private final boolean colours;
    private volatile boolean ended;
    private @Nullable Frame frame;
    private @Nullable String chosen;
    private String message = "";

    Screen(Terminal terminal, Millrace millrace, Supplier<Frame> frames, boolean colours) {
        this.terminal = terminal;
        this.millrace = millrace;
        this.frames = frames;
        this.colours = colours;
    }

    /** Shows it until somebody quits, or the terminal is gone; leaves the terminal as it was. */
    void run(Duration every) throws IOException {
        Attributes before = terminal.enterRawMode();
        Terminal.SignalHandler interrupted = terminal.handle(Terminal.Signal.INT, signal -> ended = true);
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.cursor_invisible);
        try {
            Display display = new Display(terminal, true);
            while (!ended) {
                look();
                draw(display);
                waitAndObey(display, every);
            }
        } finally {
            terminal.puts(Capability.cursor_visible);
            terminal.puts(Capability.exit_ca_mode);
            terminal.flush();
            terminal.handle(Terminal.Signal.INT, interrupted);
            terminal.setAttributes(before);
        }
    }

    private void look() {
        try {
            frame = frames.get();
            message = message.startsWith("!") ? "" : message;
        } catch (StoreException e) {
            message = "!" + e.getMessage(); // the view outlives an outage, like the workers do
        }
        Frame now = frame;
        if (now != null && (chosen == null || !now.queues().contains(chosen))) {
            chosen = now.queues().isEmpty() ? null : now.queues().get(0);
        }
    }

    private void draw(Display display) {
        Size size = terminal.getSize();
        int rows = Math.max(8, size.getRows());
        int columns = Math.max(20, size.getColumns());
        display.resize(Size.of(columns, rows));
        List<String> lines = new ArrayList<>();
        Frame now = frame;
        if (now != null) {
            lines.addAll(now.lines(columns, rows - 1, colours, chosen));
        }
        while (lines.size() < rows - 1) {
            lines.add("");
        }
        String last = message.isEmpty() ? KEYS : message.replaceFirst("^!", "");
        List<String> shown = new ArrayList<>(lines.subList(0, rows - 1));
        shown.add(Frame.cut(last, columns - 1, colours));
        display.update(shown.stream().map(AttributedString::fromAnsi).toList(), -1);
    }

    private void waitAndObey(Display display, Duration every) throws IOException {
        NonBlockingReader keys = terminal.reader();
        long until = System.nanoTime() + every.toNanos();
        Size size = terminal.getSize();
        while (!ended) {
            long left = (until - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return;
            }
            int key = keys.read(Math.min(left, LOOK_MILLIS));
            if (key == NonBlockingReader.READ_EXPIRED) {
                if (!terminal.getSize().equals(size)) {
                    return;
                }
            } else if (obey(key, keys)) {
                return;
            } else {
                draw(display);
            }
        }
    }

    /** Does what a key means; gives whether to look at the store anew. */
    private boolean obey(int key, NonBlockingReader keys) throws IOException {
        message = "";
        switch (key) {
            case 'q', 'Q', 3, 4, END_OF_INPUT -> ended = true;
            case 'p', 'P' -> {
                pauseOrResume();
                return true;
            }
            case 'k' -> choose(-1);
            case 'j' -> choose(1);
            case ESCAPE -> {
                int second = keys.read(WITHIN_KEY_MILLIS);
                int third = second == '[' || second == 'O' ? keys.read(WITHIN_KEY_MILLIS) : 0;
                choose(third == 'A' ? -1 : third == 'B' ? 1 : 0);
            }
            default -> {}
        }
        return false;
    }

    private void choose(int by) {
        Frame now = frame;
        if (now != null && chosen != null) {
            List<String> queues = now.queues();
            int at = Math.max(0, Math.min(queues.size() - 1, queues.indexOf(chosen) + by));
            chosen = queues.get(at);
        }
    }

    private void pauseOrResume() {
        if (chosen == null) {
            return;
        }
        try {
            QueueHandle queue = millrace.queue(chosen);
            if (queue.paused()) {
                queue.resume();
                message = chosen + " goes on";
            } else {
                queue.pause();
                message = chosen + " is paused: its jobs stay ready, running ones go on";
            }
        } catch (StoreException e) {
            message = "!" + e.getMessage();
        }
    }
}
