package dev.millrace;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * A serializer whose data may be compressed and encrypted. What it does when it writes is a setting; it reads whatever any
 * setting wrote, as far as it has the keys.
 */
final class Envelope implements Serializer {
    static final Envelope PLAIN_JSON =
            new Envelope(JsonSerializer.INSTANCE, Integer.MAX_VALUE, null, MillraceBuilder.DEFAULT_MOST_BYTES);

    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Serializer inner;
    private final int threshold;
    private final @Nullable EncryptionKeys keys;
    private final int mostBytes;

    private Envelope(Serializer inner, int threshold, @Nullable EncryptionKeys keys, int mostBytes) {
        this.inner = inner;
        this.threshold = threshold;
        this.keys = keys;
        this.mostBytes = mostBytes;
    }

    static Envelope around(Serializer serializer) {
        return serializer instanceof Envelope envelope
                ? envelope
                : new Envelope(serializer, Integer.MAX_VALUE, null, MillraceBuilder.DEFAULT_MOST_BYTES);
    }

    Envelope withCompression(int value) {
        if (value < 0) {
            throw new IllegalArgumentException("the threshold of " + value + " bytes is negative: give zero or more");
        }
        return new Envelope(inner, value, keys, mostBytes);
    }

    Envelope withEncryption(EncryptionKeys value) {
        return new Envelope(inner, threshold, value, mostBytes);
    }

    /** What writes before compression and encryption. */
    Serializer inner() {
        return inner;
    }

    /** Nothing unfolds into more than this. */
    Envelope withMostBytes(int value) {
        return new Envelope(inner, threshold, keys, value);
    }

    @Override
    public byte[] write(@Nullable Object value, Type type) {
        byte[] data = inner.write(value, type);
        byte[] folded = data.length > threshold ? compress(data) : Frame.plain(data);
        return keys == null ? folded : encrypt(folded, keys);
    }

    private byte[] compress(byte[] data) {
        if (data.length > mostBytes) {
            throw new SerializationException("the value has " + data.length + " bytes before compression: at most "
                    + mostBytes + " can be read again. Store the data elsewhere and keep where, or raise the limit");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(data.length / 2);
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(data);
        } catch (IOException e) {
            throw new SerializationException("the value cannot be compressed: " + e.getMessage(), e);
        }
        byte[] head = Frame.compressedHead(data.length);
        return head.length + bytes.size() < data.length ? Frame.join(head, bytes.toByteArray()) : Frame.plain(data);
    }

    private static byte[] encrypt(byte[] data, EncryptionKeys keys) {
        byte[] nonce = new byte[Frame.NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        byte[] head = Frame.encryptedHead(keys.writing(), nonce);
        SecretKey key = keys.find(keys.writing()).orElseThrow();
        try {
            return Frame.join(
                    head, cipher(Cipher.ENCRYPT_MODE, key, nonce, head).doFinal(data));
        } catch (GeneralSecurityException e) {
            throw new SerializationException(
                    "the value cannot be encrypted with key \"" + keys.writing() + "\": " + e.getMessage(), e);
        }
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce, byte[] head) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, key, new GCMParameterSpec(Frame.TAG_BYTES * 8, nonce));
        cipher.updateAAD(head);
        return cipher;
    }

    @Override
    public @Nullable Object read(byte[] data, Type type) {
        if (type == Void.class) {
            return null;
        }
        if (!Frame.begins(data)) {
            return inner.read(data, type);
        }
        Frame frame = Frame.read(data);
        if (frame.kind() != Frame.Kind.ENCRYPTED) {
            return inner.read(unfold(frame), type);
        }
        byte[] plain = unfold(Frame.read(decrypt(frame)));
        try {
            return inner.read(plain, type);
        } catch (SerializationException e) {
            // Without the cause, which may quote what was encrypted: errors are stored and shown in plain text.
            throw new SerializationException(
                    "the decrypted data (" + plain.length + " bytes) does not fit " + type.getTypeName()
                            + "; why is left out, since it may quote the data. If the type has changed, make it accept"
                            + " the old form as well, and retry the job by hand");
        }
    }

    private byte[] unfold(Frame frame) {
        return switch (frame.kind()) {
            case NONE -> frame.data();
            case PLAIN -> frame.inside();
            case COMPRESSED -> decompress(frame);
            case ENCRYPTED ->
                throw new SerializationException("the data is encrypted twice, which this version never does");
            case UNKNOWN ->
                throw new SerializationException("the data (" + frame.data().length
                        + " bytes) begins as one of Millrace's frames, but is cut off,"
                        + " or of a newer version: it is untouched. Read it with the version that wrote it");
        };
    }

    private byte[] decompress(Frame frame) {
        int size = frame.size();
        if (size < 0 || size > mostBytes) {
            throw new SerializationException(
                    "the compressed data says that it unfolds into " + Integer.toUnsignedLong(size)
                            + " bytes: at most " + mostBytes
                            + " are read. If it is your own, raise maxPayloadBytes or maxResultBytes; it is untouched");
        }
        try (GZIPInputStream gzip =
                new GZIPInputStream(new ByteArrayInputStream(frame.data(), frame.body(), frame.data().length))) {
            byte[] data = gzip.readNBytes(size);
            if (data.length == size && gzip.read() == -1) {
                return data;
            }
        } catch (IOException e) {
            throw new SerializationException(
                    "the compressed data (" + frame.data().length + " bytes) is damaged: " + e.getMessage(), e);
        }
        throw new SerializationException(
                "the compressed data does not unfold into the " + size + " bytes that it says: it is damaged");
    }

    private byte[] decrypt(Frame frame) {
        String id = frame.keyId();
        if (keys == null) {
            throw new SerializationException(
                    "the data is encrypted with key \"" + id + "\", and no keys were given here: open Millrace with"
                            + " serializer(Serializer.json().encrypted(keys)). The data is untouched");
        }
        SecretKey key = keys.find(id)
                .orElseThrow(() -> new SerializationException(
                        "the data is encrypted with key \"" + id + "\", which is not among those given here (" + keys
                                + "): add it with and(\"" + id + "\", …). The data is untouched"));
        byte[] head = Arrays.copyOf(frame.data(), frame.body());
        try {
            return cipher(Cipher.DECRYPT_MODE, key, frame.nonce(), head)
                    .doFinal(frame.data(), frame.body(), frame.data().length - frame.body());
        } catch (AEADBadTagException e) {
            throw new SerializationException(
                    "the data does not decrypt with key \"" + id + "\": either another key went by this id when it was"
                            + " written, or the data was changed since. It is untouched",
                    e);
        } catch (GeneralSecurityException e) {
            throw new SerializationException(
                    "the data cannot be decrypted with key \"" + id + "\": " + e.getMessage(), e);
        }
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return inner.getClass().getSimpleName()
                + (threshold == Integer.MAX_VALUE ? "" : ", compressed above " + threshold + " bytes")
                + (keys == null ? "" : ", encrypted: " + keys);
    }
}
