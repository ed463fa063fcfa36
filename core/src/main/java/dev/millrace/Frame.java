package dev.millrace;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What stands before data that is not as a serializer wrote it. It begins with a byte that no UTF-8 text begins with, so JSON
 * is never taken for a frame:
 *
 * <pre>
 * 0x8D 'M' 'R' 1   data                                    plain data that looks like a frame itself
 * 0x8D 'M' 'R' 2   size (4 bytes), gzip                    compressed
 * 0x8D 'M' 'R' 3   n (1 byte), key id (n), nonce (12), AES-GCM ciphertext and tag; all before it is authenticated too
 * </pre>
 *
 * @param kind what it is
 * @param data all of it, frame included
 * @param body where what is inside begins
 */
record Frame(Kind kind, byte[] data, int body) {
    static final int NONCE_BYTES = 12;
    static final int TAG_BYTES = 16;

    private static final byte[] MAGIC = {(byte) 0x8D, 'M', 'R'};
    private static final int HEAD = MAGIC.length + 1;

    /** What a frame holds. */
    enum Kind {
        /** There is no frame. */
        NONE,
        PLAIN,
        COMPRESSED,
        ENCRYPTED,
        /** Of a newer version, or cut off. */
        UNKNOWN
    }

    /** Looks at data, without reading what is inside. */
    static Frame read(byte[] data) {
        if (!begins(data)) {
            return new Frame(Kind.NONE, data, 0);
        }
        if (data.length > HEAD) {
            switch (data[MAGIC.length]) {
                case 1 -> {
                    return new Frame(Kind.PLAIN, data, HEAD);
                }
                case 2 -> {
                    if (data.length >= HEAD + Integer.BYTES) {
                        return new Frame(Kind.COMPRESSED, data, HEAD + Integer.BYTES);
                    }
                }
                case 3 -> {
                    int body = HEAD + 1 + (data[HEAD] & 0xFF) + NONCE_BYTES;
                    if (data.length >= body + TAG_BYTES) {
                        return new Frame(Kind.ENCRYPTED, data, body);
                    }
                }
                default -> {}
            }
        }
        return new Frame(Kind.UNKNOWN, data, data.length);
    }

    /** Whether there is a frame. */
    static boolean begins(byte[] data) {
        return data.length >= MAGIC.length && data[0] == MAGIC[0] && data[1] == MAGIC[1] && data[2] == MAGIC[2];
    }

    /** As the serializer wrote it, or in a frame where it would be taken for one. */
    static byte[] plain(byte[] data) {
        return begins(data) ? join(head(1, 0).array(), data) : data;
    }

    /** The head of compressed data. */
    static byte[] compressedHead(int size) {
        return head(2, Integer.BYTES).putInt(size).array();
    }

    /** The head of encrypted data: what is authenticated with it. */
    static byte[] encryptedHead(String keyId, byte[] nonce) {
        byte[] id = Envelope.utf8(keyId);
        return head(3, 1 + id.length + nonce.length)
                .put((byte) id.length)
                .put(id)
                .put(nonce)
                .array();
    }

    private static ByteBuffer head(int kind, int more) {
        return ByteBuffer.allocate(HEAD + more).put(MAGIC).put((byte) kind);
    }

    static byte[] join(byte[] head, byte[] rest) {
        byte[] all = Arrays.copyOf(head, head.length + rest.length);
        System.arraycopy(rest, 0, all, head.length, rest.length);
        return all;
    }

    /** Of compressed data: the size before, as it says. */
    int size() {
        return ByteBuffer.wrap(data, HEAD, Integer.BYTES).getInt();
    }

    /** Of encrypted data: the key that it needs. */
    String keyId() {
        return new String(data, HEAD + 1, data[HEAD] & 0xFF, StandardCharsets.UTF_8);
    }

    /** Of encrypted data: its nonce. */
    byte[] nonce() {
        return Arrays.copyOfRange(data, body - NONCE_BYTES, body);
    }

    byte[] inside() {
        return Arrays.copyOfRange(data, body, data.length);
    }

    DataForm form() {
        return switch (kind) {
            case COMPRESSED -> new DataForm.Compressed(data.length, size());
            case ENCRYPTED -> new DataForm.Encrypted(data.length, keyId());
            case NONE, PLAIN, UNKNOWN -> new DataForm.Plain(data.length);
        };
    }
}
