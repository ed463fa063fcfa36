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
     *
     * <p>It also reads what {@link #compressed} wrote, so compression can be turned off again. What {@link #encrypted} wrote
     * is refused with the id of the key that it needs.
     */
    static Serializer json() {
        return Envelope.PLAIN_JSON;
    }

    /**
     * This serializer, with gzip for what is larger than a threshold. What comes out no smaller is stored as it is. Reads
     * what was written without compression, too.
     *
     * <p>Limits on payloads and results hold for the size before compression as well, so data from the store cannot unfold
     * into more than {@link MillraceBuilder#maxPayloadBytes} or {@link MillraceBuilder#maxResultBytes}, whichever is larger.
     *
     * @param threshold in bytes; smaller values are stored as they are. 1024 is a good one: below it gzip gains little
     * @throws IllegalArgumentException when it is negative
     */
    default Serializer compressed(int threshold) {
        return Envelope.around(this).withCompression(threshold);
    }

    /**
     * This serializer, with encryption (AES-GCM) of payloads, results and steps. Kinds, queues, tags, keys, metadata, log
     * lines, progress and error messages stay plain. Reads what was written without encryption, and what was written under
     * any of the keys; writes under the first.
     *
     * <p>With {@link #compressed} as well, data is compressed first and then encrypted, in whatever order the two are named.
     */
    default Serializer encrypted(EncryptionKeys keys) {
        return Envelope.around(this).withEncryption(keys);
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
