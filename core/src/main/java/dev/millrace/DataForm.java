package dev.millrace;

/**
 * How a payload or result is stored, as far as that shows without reading it: for screens and tools that have no keys.
 *
 * <p>{@code toString} is for people: "encrypted, key k1, 312 bytes".
 */
public sealed interface DataForm {

    /** The size as stored, in bytes. */
    int bytes();

    /** As the serializer wrote it. */
    record Plain(int bytes) implements DataForm {
        @Override
        public String toString() {
            return bytes + " bytes";
        }
    }

    /**
     * Compressed.
     *
     * @param unfolded the size before compression, in bytes, as the data says
     */
    record Compressed(int bytes, int unfolded) implements DataForm {
        @Override
        public String toString() {
            return "compressed, " + bytes + " bytes of " + unfolded;
        }
    }

    /**
     * Encrypted.
     *
     * @param keyId the key that it needs
     */
    record Encrypted(int bytes, String keyId) implements DataForm {
        @Override
        public String toString() {
            return "encrypted, key " + keyId + ", " + bytes + " bytes";
        }
    }

    /** The form of stored data. */
    static DataForm of(byte[] data) {
        return Frame.read(data).form();
    }
}
