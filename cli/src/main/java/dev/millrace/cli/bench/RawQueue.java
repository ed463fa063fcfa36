package dev.millrace.cli.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The bare engine doing the same durable writes: what a careful person would write by hand, over one connection, for a queue
 * that only ever does this one thing. Closing it removes its place.
 */
interface RawQueue extends AutoCloseable {
    /** How many jobs it settles and claims at once. */
    int BATCH = 500;

    /** Stores so many jobs, this many per durable write. */
    void insert(int batch, int jobs) throws Exception;

    /** Settles a batch and claims the next, until there is no more. Gives how many were settled. */
    int process() throws Exception;

    @Override
    void close() throws IOException;

    /** A job's id as a client makes it: a UUIDv7 with random bits. */
    static UUID id() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(
                System.currentTimeMillis() << 16 | 0x7000L | random.nextInt(4096),
                0x8000_0000_0000_0000L | random.nextLong() >>> 2);
    }

    /** A job's payload, as JSON. */
    static byte[] payload(int number) {
        return ('"' + Tally.payload(number) + '"').getBytes(StandardCharsets.UTF_8);
    }

    /** The time as an engine stores it, in microseconds. */
    static long micros() {
        return System.currentTimeMillis() * 1_000;
    }
}
