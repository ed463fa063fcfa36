package dev.millrace.testkit.server;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** A proxied connection: the client's, the server's, and what is under way between them. Used by the proxy's thread alone. */
final class Link {
    private final SocketChannel client;
    private final SocketChannel server;
    private final SelectionKey clientKey;
    private final SelectionKey serverKey;
    private final Pipe toServer;
    private final Pipe toClient;
    private final Allowance requests = new Allowance();
    private final Allowance replies;

    /** @param replies how many of the server's may go through, on all connections together */
    Link(SelectionKey clientKey, SelectionKey serverKey, Allowance replies) {
        this.client = (SocketChannel) clientKey.channel();
        this.server = (SocketChannel) serverKey.channel();
        this.clientKey = clientKey;
        this.serverKey = serverKey;
        this.replies = replies;
        this.toServer = new Pipe(client, server);
        this.toClient = new Pipe(server, client);
    }

    /**
     * Moves what can be moved.
     *
     * @param delay how long bytes that are read now are held, in nanoseconds
     * @return how many bytes were handed over
     */
    int move(ByteBuffer buffer, long delay) throws IOException {
        if (server.isConnectionPending() && !(serverKey.isConnectable() && server.finishConnect())) {
            return 0;
        }
        long now = System.nanoTime();
        if (clientKey.isReadable()) {
            toServer.read(buffer, now + delay);
        }
        if (serverKey.isReadable()) {
            toClient.read(buffer, now + delay);
        }
        return toServer.write(now, requests) + toClient.write(now, replies);
    }

    /** Has the selector watch for what can be done next: nothing while it is stalled. */
    void watch(boolean stalled) {
        if (stalled) {
            clientKey.interestOps(0);
            serverKey.interestOps(0);
        } else if (server.isConnectionPending()) {
            clientKey.interestOps(0);
            serverKey.interestOps(SelectionKey.OP_CONNECT);
        } else {
            long now = System.nanoTime();
            clientKey.interestOps(toServer.readInterest() | (replies.spent() ? 0 : toClient.writeInterest(now)));
            serverKey.interestOps(toClient.readInterest() | toServer.writeInterest(now));
        }
    }

    /** In how many nanoseconds bytes are due that are held now; {@code Long.MAX_VALUE} when none are. */
    long nextDue(long now) {
        return Math.min(later(toServer.nextDue(now)), later(toClient.nextDue(now)));
    }

    /** What is due already waits for the socket, which the selector watches. */
    private static long later(long due) {
        return due == 0 ? Long.MAX_VALUE : due;
    }

    /** How many bytes of the server's are under way. */
    int replyBytes() {
        return toClient.bytesUnderWay();
    }

    boolean ended() {
        return toServer.ended() && toClient.ended();
    }

    /** Closes both ends in good order. */
    void close() {
        quietly(client);
        quietly(server);
    }

    /** Closes both ends so that both see "connection reset". */
    void reset() {
        for (SocketChannel channel : new SocketChannel[] {client, server}) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException e) {
                // it is closed already
            }
            quietly(channel);
        }
    }

    private static void quietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // nobody can use it any more, which is what was wanted
        }
    }
}
