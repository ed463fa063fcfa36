package dev.millrace.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/** All partitions of the store, and what belongs to which. */
final class Partitions {
    private final List<Partition> all;

    Partitions(String prefix, int count) {
        all = IntStream.range(0, count)
                .mapToObj(number -> Partition.of(prefix, number))
                .toList();
    }

    List<Partition> all() {
        return all;
    }

    int count() {
        return all.size();
    }

    boolean single() {
        return all.size() == 1;
    }

    Partition get(int number) {
        return all.get(number);
    }

    /** Where the sessions' records are. */
    Partition sessions() {
        return all.get(0);
    }

    /** Where a queue's jobs are. */
    Partition ofQueue(String queue) {
        return of(queue.getBytes(StandardCharsets.UTF_8));
    }

    /** Where a unique key, or a space of notes, is. */
    Partition of(byte[] name) {
        if (single()) {
            return all.get(0);
        }
        CRC32 hash = new CRC32();
        hash.update(name);
        return all.get((int) (hash.getValue() % all.size()));
    }
}
