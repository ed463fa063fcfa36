package dev.millrace;

import dev.millrace.internal.text.TimeText;
import dev.millrace.internal.workflow.Head;
import dev.millrace.spi.Keys;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/** What may be said of a job, checked before it is sent. Every refusal says what was given and what would do. */
final class Limits {
    static final int MAX_NAME = 200;
    static final int MAX_TAGS = 50;
    static final int MAX_META = 50;
    static final int MAX_META_BYTES = 8 * 1024;
    static final int MAX_PRIORITY = 1000;
    /** Longer waits and lifetimes are mistakes of unit, and would leave the years that every engine can store. */
    static final Duration LONGEST = Duration.ofDays(365_250);
    /** The last moment that every engine can store. */
    static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

    /** A shorter lock would be lost to a garbage collection or a retried packet. */
    static final Duration SHORTEST_LOCK = Duration.ofSeconds(1);

    private Limits() {}

    /** A kind, queue, key or tag. */
    static String name(String what, String value) {
        return name(what, value, MAX_NAME);
    }

    /** A name that may have so many characters. */
    static String name(String what, String value, int most) {
        if (value.isBlank()) {
            throw new IllegalArgumentException("the " + what + " is " + (value.isEmpty() ? "empty" : "blank")
                    + ": give it 1 to " + most + " characters");
        }
        if (value.length() > most) {
            throw new IllegalArgumentException("the " + what + " \"" + value.substring(0, 40) + "…\" has "
                    + value.length() + " characters: at most " + most + " are allowed");
        }
        if (!value.strip().equals(value)) {
            throw new IllegalArgumentException(
                    "the " + what + " \"" + value + "\" begins or ends with white space: remove it");
        }
        for (int i = 0; i < value.length(); i++) {
            if (Character.isISOControl(value.charAt(i))) {
                throw new IllegalArgumentException("the " + what + " \"" + printable(value)
                        + "\" has a control character at position " + i + ": remove it");
            }
        }
        return wellFormed(what, value);
    }

    /** The name of groups, which a limit can be set for. */
    static String group(String name) {
        if (name.equals(Keys.Group.SERIAL)) {
            throw new IllegalArgumentException("\"" + name
                    + "\" is the name of groups whose jobs run one at a time: use serial(key), or another name");
        }
        return name("group name", name);
    }

    /** A kind of jobs that users may have. */
    static String kind(String value) {
        if (value.equals(Head.KIND)) {
            throw new IllegalArgumentException("\"" + value
                    + "\" is the kind of workflows themselves, which nobody enqueues or handles: choose another."
                    + " To store a workflow, submit it");
        }
        return name("kind", value);
    }

    /** A queue that users may enqueue to, serve and pause. */
    static String queue(String value) {
        if (value.equals(Head.QUEUE)) {
            throw new IllegalArgumentException(
                    "\"" + value
                            + "\" is the queue of workflows themselves, which nobody enqueues to, serves or pauses: choose another");
        }
        return name("queue", value);
    }

    static int priority(int value) {
        if (value < -MAX_PRIORITY || value > MAX_PRIORITY) {
            throw new IllegalArgumentException("the priority " + value + " is out of range: use -" + MAX_PRIORITY
                    + " to " + MAX_PRIORITY + ", higher runs first");
        }
        return value;
    }

    /** A duration above zero. */
    static Duration positive(String what, Duration value) {
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException(
                    "the " + what + " is " + TimeText.of(value) + ": it must be longer than zero");
        }
        return bounded(what, value);
    }

    /** A duration of zero or more. */
    static Duration wait(String what, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(
                    "the " + what + " is " + TimeText.of(value) + ": it must not be negative");
        }
        return bounded(what, value);
    }

    static Duration bounded(String what, Duration value) {
        if (value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("the " + what + " is " + TimeText.of(value)
                    + ": at most 1000 years are allowed. Is the unit right?");
        }
        return value;
    }

    /** How long a lock may be held without being renewed. */
    static Duration lockTime(Duration value) {
        if (value.compareTo(SHORTEST_LOCK) < 0) {
            throw new IllegalArgumentException("the lock's time to live is " + TimeText.of(value)
                    + ": give 1 second or more, and several times what may pass between two renewals");
        }
        return bounded("lock's time to live", value);
    }

    /** A time that every engine can store. */
    static Instant time(String what, Instant value) {
        if (value.isBefore(Instant.EPOCH) || value.isAfter(LATEST)) {
            throw new IllegalArgumentException("the " + what + " is " + value
                    + ": it must lie between the years 1970 and 9999. Were seconds and milliseconds mixed up?");
        }
        return value;
    }

    static Set<String> tags(Set<String> tags) {
        if (tags.size() > MAX_TAGS) {
            throw new IllegalArgumentException(
                    "the job has " + tags.size() + " tags: at most " + MAX_TAGS + " are allowed");
        }
        return tags;
    }

    static Map<String, String> meta(Map<String, String> meta) {
        if (meta.size() > MAX_META) {
            throw new IllegalArgumentException("the job has " + meta.size() + " entries of metadata: at most "
                    + MAX_META + " are allowed. Put data into the payload");
        }
        long bytes = 0;
        for (var entry : meta.entrySet()) {
            bytes += utf8(entry.getKey()) + utf8(entry.getValue());
        }
        if (bytes > MAX_META_BYTES) {
            throw new IllegalArgumentException("the job's metadata has " + bytes + " bytes in all: at most "
                    + MAX_META_BYTES + " are allowed. Put data into the payload");
        }
        return meta;
    }

    /** Text of any sort, line breaks and tabs included. */
    static String text(String what, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t') {
                throw new IllegalArgumentException("the " + what + " \"" + printable(value)
                        + "\" has a control character at position " + i + ": remove it");
            }
        }
        return wellFormed(what, value);
    }

    /** Half a surrogate pair cannot be written as UTF-8: two different names would be stored as the same one. */
    private static String wellFormed(String what, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c)
                    && i + 1 < value.length()
                    && Character.isLowSurrogate(value.charAt(i + 1))) {
                i++;
                continue;
            }
            throw new IllegalArgumentException("the " + what + " \"" + printable(value)
                    + "\" has half of a surrogate pair at position " + i + ": it is not valid Unicode");
        }
        return value;
    }

    private static String printable(String value) {
        String clean = value.replaceAll("[\\p{Cc}\\p{Cs}]", "?");
        return clean.length() <= MAX_NAME ? clean : clean.substring(0, MAX_NAME - 1) + "…";
    }

    private static int utf8(String value) {
        return value.getBytes(StandardCharsets.UTF_8).length;
    }
}
