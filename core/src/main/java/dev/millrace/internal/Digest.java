package dev.millrace.internal;

import dev.millrace.spi.Transfer.Item;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;

/**
 * What a store holds, as one number that does not depend on the order in which it is read: the sum of the SHA-256 of its items'
 * {@link Canonical} bytes, each of whose four words is added up by itself. Kept per bucket of ids, so that two stores which
 * differ can be compared where they do.
 */
final class Digest {
    static final int BUCKETS = 1_024;
    private static final int WORDS = 4;

    private final MessageDigest sha = sha256();
    private final Canonical canonical = new Canonical();
    private final long[] sums = new long[BUCKETS * WORDS];
    private final long[] counts = new long[BUCKETS];
    private long jobs;
    private long notes;
    private long bytes;

    /** What an item is in a digest: where it is counted, and its own sum, shortened. */
    record Mark(UUID id, int bucket, long sum) {}

    /** Adds an item. */
    Mark add(Item item) {
        canonical.of(item);
        sha.update(canonical.bytes(), 0, canonical.size());
        ByteBuffer words = ByteBuffer.wrap(sha.digest());
        UUID id = id(item);
        int bucket = (int) ((id.getLeastSignificantBits() ^ id.getMostSignificantBits()) & (BUCKETS - 1));
        for (int i = 0; i < WORDS; i++) {
            sums[bucket * WORDS + i] += words.getLong(i * Long.BYTES);
        }
        counts[bucket]++;
        jobs += item instanceof Item.Job ? 1 : 0;
        notes += item instanceof Item.Job ? 0 : 1;
        bytes += canonical.size();
        return new Mark(id, bucket, words.getLong(0));
    }

    /** A job's id, or one that stands for a note's name. */
    private UUID id(Item item) {
        if (item instanceof Item.Job job) {
            return job.job().id();
        }
        Item.Noted noted = (Item.Noted) item;
        sha.update(noted.note().space().getBytes(StandardCharsets.UTF_8));
        sha.update((byte) 0);
        ByteBuffer words = ByteBuffer.wrap(sha.digest(noted.note().key().getBytes(StandardCharsets.UTF_8)));
        return new UUID(words.getLong(), words.getLong());
    }

    boolean same(Digest other) {
        return Arrays.equals(sums, other.sums) && Arrays.equals(counts, other.counts);
    }

    boolean same(Digest other, int bucket) {
        int from = bucket * WORDS;
        return counts[bucket] == other.counts[bucket]
                && Arrays.equals(sums, from, from + WORDS, other.sums, from, from + WORDS);
    }

    long count(int bucket) {
        return counts[bucket];
    }

    long jobs() {
        return jobs;
    }

    long notes() {
        return notes;
    }

    long items() {
        return jobs + notes;
    }

    long bytes() {
        return bytes;
    }

    /** The number, in hex. */
    String hex() {
        ByteBuffer total = ByteBuffer.allocate(WORDS * Long.BYTES);
        for (int word = 0; word < WORDS; word++) {
            long sum = 0;
            for (int bucket = 0; bucket < BUCKETS; bucket++) {
                sum += sums[bucket * WORDS + word];
            }
            total.putLong(sum);
        }
        return HexFormat.of().formatHex(total.array());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256, which every Java must have", e);
        }
    }
}
