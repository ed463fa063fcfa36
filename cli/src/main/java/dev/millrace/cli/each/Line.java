package dev.millrace.cli.each;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A line that this run has taken in and that has not ended yet. Safe for use from any thread. */
final class Line {
    private final long number;
    private final String text;
    private final int occurrence;
    private final UUID id;
    private final AtomicInteger open = new AtomicInteger(2);
    private final AtomicBoolean delivered = new AtomicBoolean();
    private volatile boolean stored;
    private volatile boolean tried;
    private volatile @Nullable Ending ending;

    /** What a job of this kind carries. */
    record Payload(String line, int occurrence) {}

    /**
     * What a line's job leaves in the store.
     *
     * @param output what it printed; null if that was more than is kept
     * @param bytes how much it printed
     */
    record Result(byte @Nullable [] output, long bytes) {}

    /** How the line's job ended in this process. */
    sealed interface Ending {
        /** The command did. */
        record Succeeded(Result result) implements Ending {}

        /** The last attempt failed. */
        record Failed(String reason) implements Ending {}
    }

    /** @param number of the line among those that were taken in, from 0 */
    Line(long number, String text, int occurrence, UUID id) {
        this.number = number;
        this.text = text;
        this.occurrence = occurrence;
        this.id = id;
    }

    long number() {
        return number;
    }

    String text() {
        return text;
    }

    UUID id() {
        return id;
    }

    Payload payload() {
        return new Payload(text, occurrence);
    }

    /** Its job is in the store, and is this run's: an end that it had in an earlier run is taken back. */
    void store() {
        stored = true;
    }

    /** Whether its job is known to be this run's in the store; it may be run before that. */
    boolean stored() {
        return stored;
    }

    /** An attempt begins here. */
    void begin() {
        tried = true;
    }

    /** Whether an attempt has begun here. */
    boolean tried() {
        return tried;
    }

    /** Its job ended here, as far as this process is concerned; the store may not know yet. */
    void end(Ending value) {
        ending = value;
    }

    @Nullable
    Ending ending() {
        return ending;
    }

    /** Whether nobody else has told what became of it, and the caller is to. */
    boolean deliver() {
        return delivered.compareAndSet(false, true);
    }

    /** Of the two things that it waits for, to be known as ended and to be printed, one is done: whether that was the last. */
    boolean close() {
        return open.decrementAndGet() == 0;
    }
}
