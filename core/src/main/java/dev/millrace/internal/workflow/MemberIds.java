package dev.millrace.internal.workflow;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * The ids of a workflow's jobs. Each follows from the workflow's id and the job's name, so that a job can be found by its name
 * without a table, and one that is added again is the same job. Shaped like UUIDv7 with the time of the workflow's id, so that
 * listings show them beside it; the rest is a hash.
 */
public final class MemberIds {
    private static final long TIME = 0xFFFF_FFFF_FFFF_0000L;
    private static final long VERSION = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private MemberIds() {}

    /** The id of the job of this name. */
    public static UUID of(UUID workflow, String name) {
        ByteBuffer place = ByteBuffer.allocate(16);
        place.putLong(workflow.getMostSignificantBits()).putLong(workflow.getLeastSignificantBits());
        MessageDigest digest = sha256();
        digest.update(place.array());
        ByteBuffer hash = ByteBuffer.wrap(digest.digest(name.getBytes(StandardCharsets.UTF_8)));
        long high = (workflow.getMostSignificantBits() & TIME) | VERSION | (hash.getLong() & 0xFFF);
        return new UUID(high, VARIANT | (hash.getLong() & ~(3L << 62)));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256, and this one has not", e);
        }
    }
}
