package dev.millrace.nats;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * The end of the stream, as its only author writes it: each message is published under the condition that the one before is
 * the last, so that nothing of an author that was replaced is ever taken, and what is taken has no gaps. Commits may be under
 * way one after the other; when one fails, all behind it do. Used by the leader's thread only.
 */
final class Journal {
    /** How long a look may go by the last word of the server that no one else writes. */
    private static final long FRESH_NANOS = 1_000_000_000L;

    private final Link link;
    private final UUID epoch;
    private final int room;
    private final Window window = new Window();
    private long last;
    private long lastCommit;
    private long number;
    private long written;
    private boolean broken;
    private CompletableFuture<Void> latest = CompletableFuture.completedFuture(null);
    private volatile long confirmedAt = System.nanoTime();

    /**
     * @param last the sequence of the stream's last message
     */
    Journal(Link link, UUID epoch, long last) {
        this.link = link;
        this.epoch = epoch;
        this.room = link.roomInMessage();
        this.last = last;
    }

    Draft draft() {
        return new Draft(last + 1, room);
    }

    /** The sequence of the last message published. */
    long last() {
        return last;
    }

    /** The sequence of the last message of the last commit; who leads may have been said behind it. 0 before the first commit. */
    long lastCommit() {
        return lastCommit;
    }

    /** Bytes published so far, about. */
    long written() {
        return written;
    }

    /**
     * Publishes a commit; done when all of it is durable. Returns when the last of it was sent: a large one waits for the
     * acknowledgements of its beginning.
     */
    CompletableFuture<Void> append(Draft draft, long revisions) {
        if (draft.base() != last + 1) {
            throw new IllegalStateException("a commit was drafted for message " + draft.base() + ", and the next is "
                    + (last + 1) + ": its places of bytes would be wrong");
        }
        List<CompletableFuture<Void>> parts = new ArrayList<>();
        for (byte[] message : draft.data()) {
            parts.add(publish(link.subjects().bytes(), message));
        }
        for (byte[] message : draft.journal(epoch, ++number, revisions)) {
            parts.add(publish(link.subjects().journal(), message));
        }
        lastCommit = last;
        return then(parts);
    }

    /** Says again, or for the last time, who leads. */
    CompletableFuture<Void> lead(Lead lead) {
        return then(List.of(publish(link.subjects().lead(), lead.toBytes())));
    }

    private CompletableFuture<Void> publish(String subject, byte[] message) {
        broken |= !window.awaitRoom(message.length);
        if (broken) {
            // It would be refused, since it comes behind what was not taken.
            return CompletableFuture.failedFuture(
                    new AskFailed(AskFailed.Why.NOBODY, "what was published before it was not taken", null));
        }
        long before = last++;
        written += message.length + 100;
        CompletableFuture<Void> taken = link.publishAfter(before, subject, message, window.bytes())
                .thenAccept(seq -> {
                    if (seq != before + 1) {
                        throw new IllegalStateException("message " + (before + 1) + " became " + seq);
                    }
                });
        window.add(message.length, taken);
        return taken;
    }

    private CompletableFuture<Void> then(List<CompletableFuture<Void>> parts) {
        CompletableFuture<Void> before = latest;
        CompletableFuture<Void> all = CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]));
        long sent = System.nanoTime();
        // When the first message was not even sent, none of the others can be taken: that is told rather than their
        // doubts.
        latest = parts.get(0)
                .thenCompose(first -> before)
                .thenCompose(first -> all)
                .thenRun(() -> confirmedAt = sent);
        return latest;
    }

    /** Done when all that was published is durable, and the server has said lately that no one else has written. */
    CompletableFuture<Void> barrier() {
        if (!latest.isDone() || System.nanoTime() - confirmedAt < FRESH_NANOS) {
            return latest;
        }
        return confirm();
    }

    /** Done when the server says that nobody else has written, and the stream is still the same. */
    CompletableFuture<Void> confirm() {
        long expected = last;
        long sent = System.nanoTime();
        return link.lastSequence().thenAccept(seq -> {
            if (seq != expected) {
                throw new IllegalStateException("another instance leads: the stream ends at " + seq);
            }
            confirmedAt = sent;
        });
    }
}
