package dev.millrace;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * How payloads, results and steps become bytes and back. Called from many threads at once.
 *
 * <p>What is read was written by an older or newer version of the program, or by anyone who can write to the store: an
 * implementation must never load a class that the data names.
 */
public interface Serializer {

    /**
     * Plain JSON (UTF-8), the default. Times and dates are ISO-8601 text. Reading ignores properties that the type does not
     * know and leaves missing ones null, so that old and new versions of a program work side by side; everything else that
     * does not fit is an error: a missing or null value for a primitive, text for a number, a fraction for an integer.
     */
    static Serializer json() {
        return JsonSerializer.INSTANCE;
    }

    /**
     * Writes a value.
     *
     * @param value may be null
     * @param type the declared type of the value, with type arguments
     * @return the bytes; the caller owns them
     * @throws SerializationException when the value cannot be written
     */
    byte[] write(@Nullable Object value, Type type);

    /**
     * Reads a value.
     *
     * @param data what {@link #write} made; an empty array is null
     * @param type the type to read into; {@code Void} reads anything as null
     * @return the value; null if null was written
     * @throws SerializationException when the data does not fit the type
     */
    @Nullable
    Object read(byte[] data, Type type);
}
