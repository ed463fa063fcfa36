package dev.millrace.testkit.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a client and a server on the loopback, and lets their network fail: connections are cut, refused, stalled or
 * slowed. One daemon thread carries all of them. When a method returns, what it says is so. Safe for use from any thread.
 */
public final class TcpProxy implements AutoCloseable {
    private final InetSocketAddress target;
    private final int port = FreePorts.next();
    private final Selector selector;
    private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
    private final AtomicLong connections = new AtomicLong();
    private final Thread thread;
    private volatile boolean closed;

    /* All below belongs to the thread. */
    private final Set<Link> links = new HashSet<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
    private @Nullable ServerSocketChannel door;
    private long bytes;
    private boolean stalled;
    private final Allowance replies = new Allowance();
    private long delay;

    /**
     * Begins to carry connections.
     *
     * @param host the server's
     * @param port the server's; it need not be up yet
     */
    public TcpProxy(String host, int port) {
        this.target = new InetSocketAddress(host, port);
        try {
            this.selector = Selector.open();
            openDoor();
        } catch (IOException e) {
            throw new UncheckedIOException("the proxy of " + target + " cannot listen", e);
        }
        this.thread = new Thread(this::carry, "proxy-" + this.port + "-to-" + port);
        thread.setDaemon(true);
        thread.start();
    }

    /** Where clients connect to, on the loopback. */
    public int port() {
        return port;
    }

    /** How many connections it has taken. */
    public long connections() {
        return connections.get();
    }

    /** How many bytes it has handed over, in both directions: all that a receiver can have seen by now are among them. */
    public long bytes() {
        AtomicLong handedOver = new AtomicLong();
        order(() -> handedOver.set(bytes));
        return handedOver.get();
    }

    /** Resets all connections, with what is under way. New ones are taken. */
    public void cut() {
        order(this::resetAll);
    }

    /** Lets no new connection in: clients are told "connection refused". Those that are open stay. */
    public void refuse() {
        order(this::closeDoor);
    }

    /** Lets new connections in again. */
    public void accept() {
        order(() -> {
            try {
                openDoor();
            } catch (IOException e) {
                throw new UncheckedIOException("the proxy of " + target + " cannot listen again", e);
            }
        });
    }

    /** Holds all bytes, in both directions, and the ends of connections too: nobody is told anything. New ones are taken. */
    public void stall() {
        order(() -> stalled = true);
    }

    /** Holds what the server answers; what clients send still arrives. So a call takes effect, and its reply is lost. */
    public void holdReplies() {
        holdReplies(0);
    }

    /**
     * Holds what the server answers, but not at once: a conversation can so be broken at each of its steps in turn.
     *
     * @param after how many pieces of replies still go through, on all connections together
     */
    public void holdReplies(int after) {
        order(() -> replies.limit(after));
    }

    /** How many bytes of the server's replies are held now. */
    public long heldBytes() {
        AtomicLong held = new AtomicLong();
        order(() -> held.set(
                replies.spent() ? links.stream().mapToLong(Link::replyBytes).sum() : 0));
        return held.get();
    }

    /** Lets bytes flow again after {@link #stall} and {@link #holdReplies}, those first that were held. */
    public void flow() {
        order(() -> {
            stalled = false;
            replies.unlimited();
        });
    }

    /**
     * Makes the way longer: what comes from now on arrives so much later, in each direction. Zero makes it as quick as it was.
     */
    public void slow(Duration way) {
        order(() -> delay = way.toNanos());
    }

    /** Resets all connections and lets no more in. */
    @Override
    public void close() {
        if (!closed) {
            order(() -> {
                closeDoor();
                resetAll();
                closed = true;
            });
        }
    }

    /** Has the thread do something, and waits until it is done. */
    private void order(Runnable what) {
        if (closed) {
            throw new IllegalStateException("the proxy of " + target + " is closed");
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        orders.add(() -> {
            try {
                what.run();
                selector.selectNow(); // sockets that were closed are let go of only now
                done.complete(null);
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        selector.wakeup();
        done.join();
    }

    private void carry() {
        try (selector) {
            while (!closed) {
                for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
                    order.run();
                }
                links.forEach(link -> link.watch(stalled));
                selector.select(Math.max(1, untilNextDue() / 1_000_000));
                letIn();
                if (!stalled) {
                    moveAll();
                }
                selector.selectedKeys().clear();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the proxy of " + target + " broke", e);
        }
    }

    private long untilNextDue() {
        long now = System.nanoTime();
        long first = stalled
                ? Long.MAX_VALUE
                : links.stream().mapToLong(link -> link.nextDue(now)).min().orElse(Long.MAX_VALUE);
        return Math.min(first, 1_000_000_000L);
    }

    private void openDoor() throws IOException {
        if (door == null) {
            ServerSocketChannel opened = ServerSocketChannel.open();
            opened.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            opened.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 128);
            opened.configureBlocking(false);
            opened.register(selector, SelectionKey.OP_ACCEPT);
            door = opened;
        }
    }

    private void closeDoor() {
        if (door != null) {
            try {
                door.close();
            } catch (IOException e) {
                throw new UncheckedIOException("the proxy of " + target + " cannot stop listening", e);
            }
            door = null;
        }
    }

    private void letIn() throws IOException {
        if (door == null) {
            return;
        }
        for (SocketChannel client = door.accept(); client != null; client = door.accept()) {
            connections.incrementAndGet();
            SocketChannel server = SocketChannel.open();
            for (SocketChannel channel : new SocketChannel[] {client, server}) {
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            Link link = new Link(client.register(selector, 0), server.register(selector, 0), replies);
            links.add(link);
            try {
                server.connect(target);
            } catch (IOException e) {
                link.reset();
                links.remove(link);
            }
        }
    }

    private void moveAll() {
        for (Iterator<Link> all = links.iterator(); all.hasNext(); ) {
            Link link = all.next();
            try {
                bytes += link.move(buffer, delay);
                if (link.ended()) {
                    link.close();
                    all.remove();
                }
            } catch (IOException e) {
                link.reset(); // one end is gone without a word; so the other is told
                all.remove();
            }
        }
    }

    private void resetAll() {
        links.forEach(Link::reset);
        links.clear();
    }
}
