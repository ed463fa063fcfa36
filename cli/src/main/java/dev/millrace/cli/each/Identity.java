package dev.millrace.cli.each;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/**
 * What makes a line of this run the same line as one of an earlier run: the run's name, the command, the generation (raised by
 * {@code --again}), the line, and how often it stood in the input so far.
 *
 * <p>Job ids are made of these, so that the store itself says which lines it knows. An id is a UUID of version 8 (RFC 9562,
 * section 5.8: a layout of one's own): the first 128 bits of a SHA-256, of which 6 are overwritten with version and variant.
 * Hashed are, each as UTF-8 behind its length in bytes (4 bytes, big-endian): the word "each", the name, the number of the
 * command's words, those words, the generation, the line, the occurrence; numbers in decimal.
 */
final class Identity {
    private static final int QUEUE_DIGITS = 10;
    private static final int MOST_NAME = 100;

    private final String name;
    private final MessageDigest command;
    private final MessageDigest run;
    private final long generation;

    private Identity(String name, MessageDigest command, long generation) {
        this.name = name;
        this.command = command;
        this.generation = generation;
        this.run = copy(command);
        add(run, Long.toString(generation));
    }

    /** @throws IllegalArgumentException when the name cannot be one */
    static Identity of(String name, Template template) {
        if (name.length() > MOST_NAME
                || !name.strip().equals(name)
                || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("--name has at most " + MOST_NAME
                    + " characters, no control characters and no white space at its ends");
        }
        MessageDigest digest = sha256();
        List<String> words = template.identity();
        add(digest, "each");
        add(digest, name);
        add(digest, Integer.toString(words.size()));
        words.forEach(word -> add(digest, word));
        return new Identity(name, digest, 0);
    }

    /** The same name and command, started over so often. */
    Identity generation(long number) {
        return new Identity(name, command, number);
    }

    /** Name and command, as a word. */
    String key() {
        return HexFormat.of().formatHex(copy(command).digest(), 0, QUEUE_DIGITS / 2);
    }

    /** The queue of this run's jobs: no other worker of the store meddles with them, nor this one with those of others. */
    String queue() {
        return "each-" + (name.isEmpty() ? "" : name + "-") + key() + (generation == 0 ? "" : "-" + generation);
    }

    /** The id of a line's job. */
    UUID id(String line, int occurrence) {
        MessageDigest digest = copy(run);
        add(digest, line);
        add(digest, Integer.toString(occurrence));
        ByteBuffer hash = ByteBuffer.wrap(digest.digest());
        long high = (hash.getLong() & 0xFFFF_FFFF_FFFF_0FFFL) | 0x8000L;
        long low = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    /** 64 bits of a line's hash. */
    static long hash(String line) {
        MessageDigest digest = sha256();
        add(digest, line);
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    private static void add(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(4).putInt(0, bytes.length));
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256, which every Java must have", e);
        }
    }

    private static MessageDigest copy(MessageDigest digest) {
        try {
            return (MessageDigest) digest.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("this Java's SHA-256 cannot be copied", e);
        }
    }
}
