package dev.millrace;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys that {@link Serializer#encrypted} works with: one that writes, and any number that are still read. Immutable.
 *
 * <p>To rotate, first give every process the new key as one to be read, then as the one that writes:
 *
 * <pre>{@code
 * EncryptionKeys.of("k1", old).and("k2", fresh);   // everywhere, before anyone writes under k2
 * EncryptionKeys.of("k2", fresh).and("k1", old);   // from now on k2 writes; k1 may go once no job of its time is left
 * }</pre>
 *
 * <p>A key's id is stored, in plain text, with all that is written under it. The key itself appears nowhere: neither in
 * {@link #toString} nor in errors.
 */
public final class EncryptionKeys {
    private static final Set<Integer> SIZES = Set.of(16, 24, 32);
    /** In bytes of UTF-8: its length is stored in one byte. */
    private static final int MAX_ID = 100;

    private final String writing;
    private final Map<String, SecretKey> keys;

    private EncryptionKeys(String writing, Map<String, SecretKey> keys) {
        this.writing = writing;
        this.keys = keys;
    }

    /**
     * The key that writes.
     *
     * @param id what it is called: 1 to 100 bytes, no control characters
     * @param key 16, 24 or 32 random bytes (AES-128, -192, -256), not a password; copied
     * @throws IllegalArgumentException when either does not fit
     */
    public static EncryptionKeys of(String id, byte[] key) {
        return new EncryptionKeys(checked(id), Map.of(id, secret(id, key)));
    }

    /** As {@link #of(String, byte[])}, with the key in base 64, as {@code openssl rand -base64 32} prints one. */
    public static EncryptionKeys of(String id, String base64) {
        return of(id, decoded(id, base64));
    }

    /**
     * These keys and one more that is read, but does not write.
     *
     * @throws IllegalArgumentException when there is a key of this id, or something does not fit
     */
    public EncryptionKeys and(String id, byte[] key) {
        Map<String, SecretKey> all = new LinkedHashMap<>(keys);
        if (all.put(checked(id), secret(id, key)) != null) {
            throw new IllegalArgumentException("there are two keys \"" + id + "\": give each an id of its own");
        }
        return new EncryptionKeys(writing, all);
    }

    /** As {@link #and(String, byte[])}, with the key in base 64. */
    public EncryptionKeys and(String id, String base64) {
        return and(id, decoded(id, base64));
    }

    /** The id of the key that writes. */
    public String writing() {
        return writing;
    }

    Optional<SecretKey> find(String id) {
        return Optional.ofNullable(keys.get(id));
    }

    private static String checked(String id) {
        Limits.name("key's id", id);
        int length = Envelope.utf8(id).length;
        if (length > MAX_ID) {
            throw new IllegalArgumentException(
                    "the id of a key has " + length + " bytes: at most " + MAX_ID + " are allowed");
        }
        return id;
    }

    private static SecretKey secret(String id, byte[] key) {
        if (!SIZES.contains(key.length)) {
            throw new IllegalArgumentException("the key \"" + id + "\" has " + key.length
                    + " bytes: AES takes 16, 24 or 32. Make one with: openssl rand -base64 32");
        }
        return new SecretKeySpec(key, "AES");
    }

    private static byte[] decoded(String id, String base64) {
        try {
            return Base64.getDecoder().decode(base64.strip());
        } catch (IllegalArgumentException e) {
            // Without the cause, whose message quotes the key.
            throw new IllegalArgumentException(
                    "the key \"" + id + "\" is not base 64. Make one with: openssl rand -base64 32");
        }
    }

    /** The ids, never the keys. */
    @Override
    public String toString() {
        return "EncryptionKeys(writes " + writing + ", reads " + String.join(", ", keys.keySet()) + ")";
    }
}
