package dev.millrace.spi;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a producer said of a job; it does not change while the job lives.
 *
 * @param id chosen by the client (UUIDv7), so that enqueue can be repeated
 * @param kind the stable wire name of what to run
 * @param queue the named lane it waits in
 * @param priority -1000 to 1000, higher first
 * @param payload serialized by the client; a store never looks inside
 * @param options how to run it (timeout, retry rule) as the engine wrote it; a store never looks inside; may be empty
 * @param labels tags and metadata
 * @param keys unique key and group
 * @param keepFor how long to keep it once it has ended; null for the store's retention settings
 */
public record JobSpec(
        UUID id,
        String kind,
        String queue,
        int priority,
        byte[] payload,
        String options,
        Labels labels,
        Keys keys,
        @Nullable Duration keepFor) {

    /** A plain job: priority 0, no options, labels or keys. */
    public static JobSpec plain(UUID id, String kind, String queue, byte[] payload) {
        return new JobSpec(id, kind, queue, 0, payload, "", Labels.NONE, Keys.NONE, null);
    }

    public JobSpec withId(UUID value) {
        return new JobSpec(value, kind, queue, priority, payload, options, labels, keys, keepFor);
    }

    public JobSpec withPriority(int value) {
        return new JobSpec(id, kind, queue, value, payload, options, labels, keys, keepFor);
    }

    public JobSpec withOptions(String value) {
        return new JobSpec(id, kind, queue, priority, payload, value, labels, keys, keepFor);
    }

    public JobSpec withLabels(Labels value) {
        return new JobSpec(id, kind, queue, priority, payload, options, value, keys, keepFor);
    }

    public JobSpec withKeys(Keys value) {
        return new JobSpec(id, kind, queue, priority, payload, options, labels, value, keepFor);
    }

    public JobSpec withKeepFor(@Nullable Duration value) {
        return new JobSpec(id, kind, queue, priority, payload, options, labels, keys, value);
    }
}
