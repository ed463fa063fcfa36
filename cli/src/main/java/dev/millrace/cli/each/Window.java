package dev.millrace.cli.each;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The lines between being read and being ended and printed: bounded, however long the input is. Only their jobs are run here.
 * Safe for use from any thread.
 */
final class Window {
    private final Semaphore room;
    private final int size;
    private final Map<UUID, Line> lines = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Line> ended = new ConcurrentLinkedQueue<>();

    Window(int size) {
        this.size = size;
        this.room = new Semaphore(size);
    }

    /** Waits until there is room for so many lines, at most so long. Nothing is reserved. */
    void awaitRoom(int places, Duration most) throws InterruptedException {
        if (room.tryAcquire(places, most.toNanos(), TimeUnit.NANOSECONDS)) {
            room.release(places);
        }
    }

    /** Reserves room for another line: whether there was any. */
    boolean reserve() {
        return room.tryAcquire();
    }

    /** From now on the line's job may be run. */
    void admit(Line line) {
        lines.put(line.id(), line);
    }

    @Nullable
    Line find(UUID id) {
        return lines.get(id);
    }

    /** The line's job ended here: the store is to be asked whether it knows. */
    void ended(Line line) {
        ended.add(line);
    }

    /** At most so many of those that have ended here, and are not asked for again. */
    List<Line> takeEnded(int most) {
        List<Line> taken = new ArrayList<>();
        for (Line line = ended.poll(); line != null; line = taken.size() < most ? ended.poll() : null) {
            if (lines.containsKey(line.id())) {
                taken.add(line);
            }
        }
        return taken;
    }

    /** All lines whose jobs are this run's in the store, which has not confirmed their end. */
    List<Line> pending() {
        return lines.values().stream()
                .filter(line -> line.stored() || line.ending() != null)
                .toList();
    }

    /**
     * The store has confirmed the line's end.
     *
     * @return whether this call was the first to say so
     */
    boolean confirm(Line line) {
        if (lines.remove(line.id()) == null) {
            return false;
        }
        close(line);
        return true;
    }

    /** The line's output is printed, or there is none to print. */
    void printed(Line line) {
        close(line);
    }

    private void close(Line line) {
        if (line.close()) {
            room.release();
        }
    }

    /** Whether no line is left. */
    boolean isEmpty() {
        return room.availablePermits() == size;
    }
}
