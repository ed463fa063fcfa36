package dev.millrace.spi;

import org.jspecify.annotations.Nullable;

/**
 * What ties a job to others.
 *
 * @param unique at most one unfinished job of a kind holds it; null for none
 * @param group jobs of one key within a queue share its limit; null for none
 */
public record Keys(@Nullable String unique, @Nullable Group group) {
    /** No keys. */
    public static final Keys NONE = new Keys(null, null);

    /**
     * A group of jobs within a queue.
     *
     * @param key the key; its hash picks the shard
     * @param limit how many of the key's jobs may hold a slot (be READY or RUNNING) at once; 1 is serial
     */
    public record Group(String key, int limit) {}
}
