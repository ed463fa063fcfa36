package dev.millrace.nats;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Bytes that were sent and not acknowledged yet: more waits for them, so that a large thing neither lies in memory twice nor
 * keeps its last message waiting for all before it. Used by one thread.
 */
final class Window {
    /** The most bytes under way, unless one message is larger. */
    static final int BYTES = 4 << 20;

    private final Deque<Sent> sent = new ArrayDeque<>();
    private long bytes;

    private record Sent(int bytes, CompletableFuture<?> acknowledged) {}

    /**
     * Waits until so many bytes more may be sent. Each acknowledgement comes or fails within a timeout of its own.
     *
     * @return whether nothing that was waited for has failed
     */
    boolean awaitRoom(int more) {
        boolean good = true;
        while (!sent.isEmpty()
                && (bytes + more > BYTES || sent.peek().acknowledged.isDone())) {
            Sent first = sent.remove();
            bytes -= first.bytes;
            try {
                first.acknowledged.join();
            } catch (CompletionException e) {
                good = false; // whoever holds that acknowledgement tells why
            }
        }
        return good;
    }

    void add(int more, CompletableFuture<?> acknowledged) {
        bytes += more;
        sent.add(new Sent(more, acknowledged));
    }

    /** How many bytes are under way. */
    long bytes() {
        return bytes;
    }
}
