package dev.millrace.testkit.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;

/** One direction of a proxied connection. Used by the proxy's own thread alone. */
final class Pipe {
    /** What is under way at most, so that a writer feels it when nobody reads. */
    private static final int MOST = 4 << 20;

    private record Chunk(ByteBuffer bytes, long due) {}

    private final SocketChannel from;
    private final SocketChannel to;
    private final Deque<Chunk> underWay = new ArrayDeque<>();
    private int bytesUnderWay;
    private boolean sourceEnded;
    private boolean ended;

    Pipe(SocketChannel from, SocketChannel to) {
        this.from = from;
        this.to = to;
    }

    /** Takes what is there. */
    void read(ByteBuffer buffer, long due) throws IOException {
        if (!wantsToRead()) {
            return;
        }
        buffer.clear();
        int count = from.read(buffer);
        if (count < 0) {
            sourceEnded = true;
        } else if (count > 0) {
            ByteBuffer copy = ByteBuffer.allocate(count).put(buffer.flip()).flip();
            underWay.add(new Chunk(copy, due));
            bytesUnderWay += count;
        }
    }

    /**
     * Hands over what is due and allowed, and the end once all is handed over.
     *
     * @return how many bytes went out
     */
    int write(long now, Allowance allowance) throws IOException {
        int written = 0;
        for (Chunk chunk = underWay.peek();
                chunk != null && chunk.due() - now <= 0 && !allowance.spent();
                chunk = underWay.peek()) {
            int count = to.write(chunk.bytes());
            written += count;
            bytesUnderWay -= count;
            if (chunk.bytes().hasRemaining()) {
                break;
            }
            underWay.remove();
            allowance.spend();
        }
        if (sourceEnded && underWay.isEmpty() && !ended && !allowance.spent()) {
            ended = true;
            to.shutdownOutput();
        }
        return written;
    }

    /** Whether both ends know that nothing more will come. */
    boolean ended() {
        return ended;
    }

    int bytesUnderWay() {
        return bytesUnderWay;
    }

    boolean wantsToRead() {
        return !sourceEnded && bytesUnderWay < MOST;
    }

    /** In how many nanoseconds the next bytes are due; {@code Long.MAX_VALUE} when there are none. */
    long nextDue(long now) {
        Chunk chunk = underWay.peek();
        return chunk == null ? Long.MAX_VALUE : Math.max(0, chunk.due() - now);
    }

    /** What the channel that this reads from is to be watched for, by this pipe. */
    int readInterest() {
        return wantsToRead() ? SelectionKey.OP_READ : 0;
    }

    /** What the channel that this writes to is to be watched for, by this pipe. */
    int writeInterest(long now) {
        return nextDue(now) == 0 ? SelectionKey.OP_WRITE : 0;
    }
}
