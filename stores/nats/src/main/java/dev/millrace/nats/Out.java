package dev.millrace.nats;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Bytes under way out: numbers in as few bytes as they need, texts and arrays after their length. */
final class Out {
    private byte[] bytes;
    private int size;

    Out(int capacity) {
        bytes = new byte[Math.max(16, capacity)];
    }

    int size() {
        return size;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    Out one(int value) {
        room(1);
        bytes[size++] = (byte) value;
        return this;
    }

    Out flag(boolean value) {
        return one(value ? 1 : 0);
    }

    /** A number; small ones, also below zero, are short. */
    Out number(long value) {
        long rest = (value << 1) ^ (value >> 63);
        room(10);
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) ((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
        return this;
    }

    Out uuid(UUID id) {
        return eight(id.getMostSignificantBits()).eight(id.getLeastSignificantBits());
    }

    Out eight(long value) {
        room(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[size++] = (byte) (value >>> shift);
        }
        return this;
    }

    Out text(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    Out textOrNull(@Nullable String text) {
        flag(text != null);
        return text == null ? this : text(text);
    }

    Out bytes(byte[] value) {
        number(value.length);
        return raw(value, 0, value.length);
    }

    Out raw(byte[] value, int offset, int length) {
        room(length);
        System.arraycopy(value, offset, bytes, size, length);
        size += length;
        return this;
    }

    /** Leaves room for a length, to be filled in by {@link #endBlock}. */
    int beginBlock() {
        room(4);
        size += 4;
        return size;
    }

    /** Says how long the block is that began there. */
    void endBlock(int begin) {
        int length = size - begin;
        for (int i = 0; i < 4; i++) {
            bytes[begin - 4 + i] = (byte) (length >>> (24 - 8 * i));
        }
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
        }
    }
}
