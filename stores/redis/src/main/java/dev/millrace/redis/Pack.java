package dev.millrace.redis;

import dev.millrace.spi.Micros;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/** Writes big-endian values one after the other, as the scripts' {@code struct} library reads them. */
final class Pack {
    private byte[] bytes;
    private int size;

    Pack(int capacity) {
        bytes = new byte[capacity];
    }

    Pack u8(int value) {
        room(1);
        bytes[size++] = (byte) value;
        return this;
    }

    Pack u16(int value) {
        return u8(value >> 8).u8(value);
    }

    Pack u32(int value) {
        return u16(value >> 16).u16(value);
    }

    Pack i64(long value) {
        room(8);
        ByteBuffer.wrap(bytes).putLong(size, value);
        size += 8;
        return this;
    }

    private Pack f64(double value) {
        return i64(Double.doubleToRawLongBits(value));
    }

    /** A whole number, as the double that it is in Lua. */
    Pack whole(long value) {
        return f64((double) value);
    }

    /** A time or a duration; {@link Micros#NEVER} as infinity. */
    Pack micros(long value) {
        return f64(value == Micros.NEVER ? Double.POSITIVE_INFINITY : (double) value);
    }

    Pack id(UUID id) {
        return i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    }

    Pack raw(byte[] value) {
        room(value.length);
        System.arraycopy(value, 0, bytes, size, value.length);
        size += value.length;
        return this;
    }

    Pack sized(byte[] value) {
        return u32(value.length).raw(value);
    }

    Pack text(String text) {
        return sized(utf8(text));
    }

    byte[] bytes() {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] id16(UUID id) {
        return new Pack(16).id(id).bytes();
    }

    private void room(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
        }
    }
}
