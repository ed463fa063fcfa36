package dev.millrace.redis;

import dev.millrace.spi.Micros;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Reads what {@link Pack} or the scripts' {@code struct} library wrote. */
final class Unpack {
    private final ByteBuffer buffer;

    Unpack(byte[] bytes) {
        buffer = ByteBuffer.wrap(bytes);
    }

    int u8() {
        return buffer.get() & 0xff;
    }

    int u16() {
        return buffer.getShort() & 0xffff;
    }

    int i16() {
        return buffer.getShort();
    }

    int u32() {
        return buffer.getInt();
    }

    long i64() {
        return buffer.getLong();
    }

    /** A whole number that the scripts keep as a double. */
    long whole() {
        return (long) buffer.getDouble();
    }

    long micros() {
        return ofDouble(buffer.getDouble());
    }

    UUID id() {
        return new UUID(buffer.getLong(), buffer.getLong());
    }

    byte[] raw(int length) {
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    byte[] sized() {
        return raw(buffer.getInt());
    }

    String text() {
        return utf8(sized());
    }

    byte[] rest() {
        return raw(buffer.remaining());
    }

    static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static UUID id(byte[] bytes) {
        return new Unpack(bytes).id();
    }

    /** A time as a reply tells it: a decimal number; empty for {@link Micros#NEVER}. */
    static long told(byte[] text) {
        return text.length == 0 ? Micros.NEVER : ofDouble(Double.parseDouble(utf8(text)));
    }

    private static long ofDouble(double value) {
        return Double.isInfinite(value) ? Micros.NEVER : (long) value;
    }
}
