package dev.millrace.spi;

import java.util.Map;
import java.util.Set;

/**
 * What a job can be found and described by.
 *
 * @param tags words to filter by
 * @param meta names and values that the handler can read
 */
public record Labels(Set<String> tags, Map<String, String> meta) {
    /** No tags, no metadata. */
    public static final Labels NONE = new Labels(Set.of(), Map.of());

    public Labels {
        tags = Set.copyOf(tags);
        meta = Map.copyOf(meta);
    }

    public boolean isEmpty() {
        return tags.isEmpty() && meta.isEmpty();
    }
}
