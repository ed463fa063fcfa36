package dev.millrace.nats;

import dev.millrace.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Bytes as {@link Out} wrote them. */
final class In {
    private final byte[] bytes;
    private int at;
    private final int end;

    In(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    In(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.at = offset;
        this.end = offset + length;
    }

    boolean hasMore() {
        return at < end;
    }

    int left() {
        return end - at;
    }

    int one() {
        need(1);
        return bytes[at++];
    }

    boolean flag() {
        return one() != 0;
    }

    long number() {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            int next = one();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw damaged();
    }

    int small() {
        long value = number();
        if (value != (int) value) {
            throw damaged();
        }
        return (int) value;
    }

    UUID uuid() {
        return new UUID(eight(), eight());
    }

    long eight() {
        need(8);
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = (value << 8) | (bytes[at++] & 0xFF);
        }
        return value;
    }

    String text() {
        int length = length();
        String text = new String(bytes, at, length, StandardCharsets.UTF_8);
        at += length;
        return text;
    }

    @Nullable
    String textOrNull() {
        return flag() ? text() : null;
    }

    byte[] bytes() {
        int length = length();
        byte[] value = Arrays.copyOfRange(bytes, at, at + length);
        at += length;
        return value;
    }

    byte[] rest() {
        return Arrays.copyOfRange(bytes, at, end);
    }

    /** What {@link Out#endBlock} closed, to be read on its own; this goes on behind it. */
    In block() {
        need(4);
        int length = 0;
        for (int i = 0; i < 4; i++) {
            length = (length << 8) | (bytes[at++] & 0xFF);
        }
        if (length < 0) {
            throw damaged();
        }
        need(length);
        In block = new In(bytes, at, length);
        at += length;
        return block;
    }

    private int length() {
        int length = small();
        if (length < 0) {
            throw damaged();
        }
        need(length);
        return length;
    }

    private void need(int more) {
        if (end - at < more) {
            throw damaged();
        }
    }

    private static StoreException damaged() {
        return new StoreException(
                "what was read ends too early or is not of this store: either it is damaged, or a newer"
                        + " version wrote it. Nothing was changed; use the newer version");
    }
}
