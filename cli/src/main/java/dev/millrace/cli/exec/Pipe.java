package dev.millrace.cli.exec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/** Reads a program's output on a thread of its own, so that the program never waits for us, and keeps a bounded part of it. */
final class Pipe {
    private static final int CHUNK = 8_192;

    private final InputStream in;
    private final int most;
    private final boolean keepsFirst;
    private final Runnable tooMuch;
    private final Thread thread;
    private byte[] kept = new byte[256];
    private int size;
    private boolean overflown;

    private Pipe(InputStream in, int most, boolean keepsFirst, Runnable tooMuch) {
        this.in = in;
        this.most = most;
        this.keepsFirst = keepsFirst;
        this.tooMuch = tooMuch;
        this.thread = thread("read", this::read);
    }

    /** Keeps the first bytes, and calls {@code tooMuch} when there are more. */
    static Pipe first(InputStream in, int most, Runnable tooMuch) {
        return new Pipe(in, most, true, tooMuch);
    }

    /** Keeps the last bytes. */
    static Pipe last(InputStream in, int most) {
        return new Pipe(in, most, false, () -> {});
    }

    /** Runs a task on a daemon thread. */
    static Thread thread(String name, Runnable task) {
        Thread thread = new Thread(task, "millrace-exec-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void read() {
        byte[] chunk = new byte[CHUNK];
        try (in) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                add(chunk, n);
            }
        } catch (IOException e) {
            // The program was ended while it wrote: what came before stays.
        }
    }

    private void add(byte[] chunk, int length) {
        boolean first;
        synchronized (this) {
            first = !overflown && size + length > most;
            overflown |= first;
            int room = keepsFirst ? Math.min(length, most - size) : length;
            if (size + room > kept.length) {
                kept = Arrays.copyOf(kept, Math.max(size + room, 2 * kept.length));
            }
            System.arraycopy(chunk, 0, kept, size, room);
            size += room;
            if (size > most) {
                System.arraycopy(kept, size - most, kept, 0, most);
                size = most;
            }
        }
        if (first) {
            tooMuch.run();
        }
    }

    /** What was kept, once all was read; or what there is after so long. */
    String text(Duration most) throws InterruptedException {
        thread.join(most.toMillis());
        synchronized (this) {
            return new String(kept, 0, size, StandardCharsets.UTF_8);
        }
    }

    /** Whether there was more than is kept. */
    synchronized boolean overflown() {
        return overflown;
    }
}
