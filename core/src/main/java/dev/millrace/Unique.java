package dev.millrace;

import dev.millrace.spi.Keys;
import dev.millrace.spi.Keys.Conflict;
import dev.millrace.spi.Keys.Scope;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * That there is to be one job of a kind and key at a time, in whatever queue, and what becomes of a second one. Immutable: each
 * option gives a copy, and throws {@link IllegalArgumentException} if it does not go with the others.
 *
 * <pre>{@code
 * REPORT.with(day).unique(Unique.key("report-7").replace())                        // the newest payload wins
 * INDEX.with(page).unique(Unique.key("index").debounce(Duration.ofSeconds(30)))    // 30 s after the last call
 * SYNC.with(shop).unique(Unique.payload().throttle(Duration.ofMinutes(5)))         // not again for 5 min after it ended
 * }</pre>
 *
 * <p>Two rules meet when a key is held. The new job's rule says what becomes of the new job while the holder has not ended. The
 * holder's rule says how long the key stays taken once it has.
 */
public final class Unique {
    private static final String OF_PAYLOAD = "payload:";

    private final @Nullable String key;
    private final Conflict conflict;
    private final Scope scope;
    private final Duration window;
    private final @Nullable Duration delay;

    private Unique(@Nullable String key, Conflict conflict, Scope scope, Duration window, @Nullable Duration delay) {
        this.key = key;
        this.conflict = conflict;
        this.scope = scope;
        this.window = window;
        this.delay = delay;
    }

    /** By a key of your own: while one job of the kind and key has not ended, another is not stored. */
    public static Unique key(String key) {
        return new Unique(Limits.name("unique key", key), Conflict.SKIP, Scope.UNFINISHED, Duration.ZERO, null);
    }

    /**
     * By the payload: the key is a hash (SHA-256) of the payload as it is serialized, before it is compressed or encrypted. Maps and
     * sets that have no order may be written in another order each time: use records and lists.
     */
    public static Unique payload() {
        return new Unique(null, Conflict.SKIP, Scope.UNFINISHED, Duration.ZERO, null);
    }

    /**
     * A job that still waits (BLOCKED, SCHEDULED or READY) becomes what the new one would have been: payload, options, priority,
     * tags and times; its id, queue, group and place in a workflow stay. While the holder runs, the new job is stored, holds the
     * key from then on, and the running one's retries carry none.
     */
    public Unique replace() {
        refuse(delay != null, "debounce replaces what waits by itself: leave replace() out");
        return new Unique(key, Conflict.REPLACE, scope, window, null);
    }

    /** As {@link #replace}, but the job that waits keeps its due time. */
    public Unique replaceKeepDue() {
        refuse(delay != null, "debounce moves the due time with each call: leave one of the two out");
        return new Unique(key, Conflict.KEEP_DUE, scope, window, null);
    }

    /**
     * As {@link #replace}, and due so long after the last call: it runs once calls have paused. A request that has it can
     * have neither {@link JobRequest#in} nor {@link JobRequest#at}.
     *
     * @param pause longer than zero
     */
    public Unique debounce(Duration pause) {
        refuse(conflict != Conflict.SKIP, "debounce replaces what waits by itself: leave the other out");
        return new Unique(key, Conflict.REPLACE, scope, window, Limits.positive("debounce window", pause));
    }

    /**
     * The key stays taken for so long after the job has ended, whatever the end. The job is kept at least as long.
     *
     * @param pause longer than zero
     */
    public Unique throttle(Duration pause) {
        refuse(scope != Scope.UNFINISHED, "a throttle counts from the end: it goes with whileUnfinished() only");
        return new Unique(key, conflict, Scope.UNFINISHED, Limits.positive("throttle window", pause), delay);
    }

    /** Only a job that waits stands in the way of another; one that runs does not. */
    public Unique whileWaiting() {
        refuse(!window.isZero(), "a throttle counts from the end: it goes with whileUnfinished() only");
        return new Unique(key, conflict, Scope.WAITING, Duration.ZERO, delay);
    }

    /** Until the job has ended. The default. */
    public Unique whileUnfinished() {
        return new Unique(key, conflict, Scope.UNFINISHED, window, delay);
    }

    /** As long as the job is stored, also once it has ended: until retention or someone deletes it. */
    public Unique whileStored() {
        refuse(!window.isZero(), "a throttle counts from the end: it goes with whileUnfinished() only");
        return new Unique(key, conflict, Scope.STORED, Duration.ZERO, delay);
    }

    private static void refuse(boolean clash, String why) {
        if (clash) {
            throw new IllegalArgumentException(why);
        }
    }

    /** The key; empty when it is made of the payload. */
    public Optional<String> key() {
        return Optional.ofNullable(key);
    }

    /** How long a debounced job waits after each call; null where there is no such wish. */
    @Nullable
    Duration delay() {
        return delay;
    }

    /** What the store gets. */
    Keys.Unique toKey(byte[] payload) {
        return new Keys.Unique(key == null ? OF_PAYLOAD + hash(payload) : key, conflict, scope, window);
    }

    private static String hash(byte[] payload) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(payload));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256, which every one must have", e);
        }
    }

    @Override
    public String toString() {
        return "Unique[" + (key == null ? "payload" : key) + ", " + conflict + ", " + scope
                + (window.isZero() ? "" : ", window " + window) + (delay == null ? "" : ", debounced " + delay) + "]";
    }
}
