package dev.millrace.redis;

import java.util.List;
import java.util.UUID;

/**
 * The unit of atomicity: keys under one hash tag.
 *
 * @param number from 0
 * @param base what all its keys begin with
 * @param keys the index keys, in the order in which every script takes them (keys.lua)
 */
record Partition(int number, String base, byte[][] keys) {
    private static final List<String> INDEXES = List.of(
            "ids",
            "arrivals",
            "due",
            "expiring",
            "succeeded",
            "failed",
            "cancelled",
            "counts",
            "lanes",
            "names",
            "live",
            "gone",
            "unique",
            "outbox",
            "open",
            "workers",
            "numbers");

    static Partition of(String prefix, int number) {
        String base = "{" + prefix + ":" + number + "}:";
        byte[][] keys = INDEXES.stream().map(name -> Pack.utf8(base + name)).toArray(byte[][]::new);
        return new Partition(number, base, keys);
    }

    /** The key of an index. */
    byte[] key(String index) {
        return Pack.utf8(base + index);
    }

    /** The key of one part of a job, by its letter, or of a session's claims. */
    byte[] key(char part, UUID id) {
        return new Pack(base.length() + 19)
                .raw(Pack.utf8(base))
                .u8(part)
                .u8(':')
                .id(id)
                .bytes();
    }
}
