package dev.millrace.nats;

import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import dev.millrace.testkit.contract.StoreFixture;
import io.nats.client.api.StreamInfoOptions;
import io.nats.client.api.Subject;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A stream of its own for one test, emptied at its end and used again: making one on a cluster takes its servers a while. */
final class NatsPlace implements StoreFixture {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final Map<String, Queue<String>> FREE = new ConcurrentHashMap<>();

    private final String servers;
    private final String stream;
    private final int replicas;
    private final List<Store> opened = new ArrayList<>();

    NatsPlace(String servers, int replicas) {
        this.servers = servers;
        this.replicas = replicas;
        String free = FREE.computeIfAbsent(servers, any -> new ConcurrentLinkedQueue<>())
                .poll();
        stream = free == null ? "t" + NUMBER.incrementAndGet() : free;
    }

    String stream() {
        return stream;
    }

    /** The address of the place by way of those servers. */
    String address(String by) {
        return by + "?stream=" + stream + "&replicas=" + replicas;
    }

    Store open(String more, Clock clock, Retention retention) {
        return openBy(servers, more, clock, retention);
    }

    /** Opens the place by way of a proxy. */
    Store openBy(String by, String more, Clock clock, Retention retention) {
        Store store =
                new NatsProvider().open(new StoreConfig(StoreAddress.parse(address(by) + more), clock, retention));
        opened.add(store);
        return store;
    }

    /** Opens the place for a test that closes the store itself; from any thread. */
    Store openApart(Clock clock) {
        return new NatsProvider().open(new StoreConfig(StoreAddress.parse(address(servers)), clock, Retention.DEFAULT));
    }

    @Override
    public Store open(Clock clock, Retention retention) {
        return open("", clock, retention);
    }

    /** How many messages there are of what has happened to jobs; who leads is said now and then besides. */
    long written() {
        Subjects subjects = new Subjects(stream);
        return Admin.run(
                servers,
                connection -> connection
                        .jetStreamManagement()
                        .getStreamInfo(stream, StreamInfoOptions.allSubjects())
                        .getStreamState()
                        .getSubjects()
                        .stream()
                        .filter(subject -> !subject.getName().equals(subjects.lead()))
                        .mapToLong(Subject::getCount)
                        .sum());
    }

    /** How many bytes the stream has. */
    long bytes() {
        return Admin.run(
                servers,
                connection -> connection
                        .jetStreamManagement()
                        .getStreamInfo(stream)
                        .getStreamState()
                        .getByteCount());
    }

    void shut(Store store) {
        store.close();
        opened.remove(store);
    }

    @Override
    public Store reopen(Store store, Clock clock, Retention retention) {
        shut(store);
        return open(clock, retention);
    }

    @Override
    public Order order() {
        return Order.EXACT;
    }

    void shutAll() {
        opened.forEach(Store::close);
        opened.clear();
    }

    @Override
    public void close() {
        shutAll();
        Admin.run(servers, connection -> connection.jetStreamManagement().purgeStream(stream));
        FREE.get(servers).add(stream);
    }
}
