package dev.millrace.internal.schedule;

import dev.millrace.spi.Micros;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.UUID;

/**
 * Ids of ticks' jobs: the same for whoever makes them. UUIDv7 with the tick's milliseconds, so they stand in listings where the
 * tick was; the other bits are a hash of the schedule's name, its life and the tick.
 */
final class TickIds {
    private TickIds() {}

    static UUID of(String schedule, UUID life, Instant tick) {
        byte[] name = schedule.getBytes(StandardCharsets.UTF_8);
        ByteBuffer input = ByteBuffer.allocate(3 * Long.BYTES + name.length)
                .putLong(life.getMostSignificantBits())
                .putLong(life.getLeastSignificantBits())
                .putLong(Micros.of(tick))
                .put(name);
        ByteBuffer hash = ByteBuffer.wrap(sha256().digest(input.array()));
        long high = tick.toEpochMilli() << 16 | 0x7000L | (hash.getLong() & 0x0FFF);
        long low = 0x8000_0000_0000_0000L | (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL);
        return new UUID(high, low);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
