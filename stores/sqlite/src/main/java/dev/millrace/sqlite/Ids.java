package dev.millrace.sqlite;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.UUID;

/** Ids as they are stored: 16 bytes, whose order in an index is the ids' unsigned order. */
final class Ids {
    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private Ids() {}

    static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    static UUID uuid(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong());
    }

    /** Writes the id as 32 hexadecimal digits, for SQLite's {@code unhex}. */
    static void appendHex(StringBuilder text, UUID id) {
        appendHex(text, id.getMostSignificantBits());
        appendHex(text, id.getLeastSignificantBits());
    }

    /** Writes bytes as hexadecimal digits. */
    static void appendHex(StringBuilder text, byte[] bytes) {
        for (byte each : bytes) {
            text.append(DIGITS[(each >> 4) & 15]).append(DIGITS[each & 15]);
        }
    }

    /** Ids as a JSON list of hexadecimal digits, for {@code json_each} and {@code unhex}. */
    static String json(Collection<UUID> ids) {
        StringBuilder json = new StringBuilder(2 + 35 * ids.size()).append('[');
        for (UUID id : ids) {
            json.append(json.length() == 1 ? "\"" : ",\"");
            appendHex(json, id);
            json.append('"');
        }
        return json.append(']').toString();
    }

    /** Compares as SQLite compares the stored bytes. */
    static int compare(UUID a, UUID b) {
        int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return high != 0 ? high : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    }

    private static void appendHex(StringBuilder text, long bits) {
        for (int shift = 60; shift >= 0; shift -= 4) {
            text.append(DIGITS[(int) (bits >>> shift) & 15]);
        }
    }
}
