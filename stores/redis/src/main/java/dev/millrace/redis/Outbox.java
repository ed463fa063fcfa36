package dev.millrace.redis;

import dev.millrace.StoreException;
import io.lettuce.core.KeyValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Letters by which a partition tells others that unique keys homed there are free: their jobs have ended here. */
final class Outbox {
    private static final int LETTERS = 500;
    private static final Logger log = LoggerFactory.getLogger(Outbox.class);

    private final Server server;
    private final Partitions partitions;

    Outbox(Server server, Partitions partitions) {
        this.server = server;
        this.partitions = partitions;
    }

    /** Delivers all letters of a partition. */
    void deliver(Partition partition) {
        int told;
        do {
            told = deliverSome(partition);
        } while (told == LETTERS);
    }

    /** Delivers some if the homes of the keys answer; otherwise a sweep does it. */
    void deliverOrLeave(Partition partition) {
        try {
            deliverSome(partition);
        } catch (StoreException e) {
            log.debug("keys of ended jobs are not free yet; a sweep frees them", e);
        }
    }

    /** Delivers so many at most. Harmless when repeated. */
    private int deliverSome(Partition partition) {
        List<KeyValue<byte[], byte[]>> outbox =
                server.await(server.send(commands -> commands.hrandfieldWithvalues(partition.key("outbox"), LETTERS)));
        Map<Partition, Args> letters = new LinkedHashMap<>();
        outbox.forEach(letter -> {
            Unpack in = new Unpack(letter.getValue());
            letters.computeIfAbsent(partitions.get(in.u16()), any -> new Args())
                    .add(letter.getKey())
                    .add("stamp")
                    .add(in.whole())
                    .add(in.rest());
        });
        List<CompletableFuture<List<Object>>> replies = new ArrayList<>();
        letters.forEach((home, args) -> replies.add(server.change(Script.FREE, home, args.list())));
        server.awaitAll(replies);
        if (!outbox.isEmpty()) {
            Args told = new Args();
            outbox.forEach(letter -> told.add(letter.getKey()).add(letter.getValue()));
            server.call(Script.DELIVERED, partition, told.list());
        }
        return outbox.size();
    }
}
