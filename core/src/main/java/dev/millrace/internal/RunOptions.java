package dev.millrace.internal;

import dev.millrace.RetryPolicy;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a job tells its worker of how to run it, as it is stored: {@code {"timeout":"PT30S","retry":{…}}}.
 *
 * @param timeout null for none
 * @param retry null for {@link RetryPolicy#DEFAULT}
 */
public record RunOptions(
        @Nullable Duration timeout, @Nullable RetryPolicy retry) {
    /** Nothing is said. */
    public static final RunOptions NONE = new RunOptions(null, null);

    /** Jobs of one type share their options, so few texts are many jobs'; when there are more, it begins anew. */
    private static final int MOST_CACHED = 1_000;

    private static final Map<String, RunOptions> CACHE = new ConcurrentHashMap<>();

    /** As text; empty when nothing is said. */
    public String encode() {
        if (timeout == null && retry == null) {
            return "";
        }
        StringBuilder text = new StringBuilder("{");
        if (timeout != null) {
            text.append("\"timeout\":\"").append(timeout).append('"');
        }
        if (retry != null) {
            text.append(timeout == null ? "" : ",").append("\"retry\":").append(retry.toJson());
        }
        return text.append('}').toString();
    }

    /**
     * Reads what {@link #encode} wrote, also in a newer version: fields that are not known are ignored. Cheap for a text that
     * was read before.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static RunOptions decode(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        RunOptions known = CACHE.get(text);
        if (known != null) {
            return known;
        }
        RunOptions read = read(text);
        if (CACHE.size() >= MOST_CACHED) {
            CACHE.clear();
        }
        CACHE.put(text, read);
        return read;
    }

    private static RunOptions read(String text) {
        try {
            JsonNode node = JsonMapper.shared().readTree(text);
            if (!node.isObject()) {
                throw new IllegalArgumentException("not a JSON object");
            }
            JsonNode timeout = node.path("timeout");
            JsonNode retry = node.path("retry");
            return new RunOptions(
                    timeout.isMissingNode() ? null : Duration.parse(timeout.asString()),
                    retry.isMissingNode() ? null : RetryPolicy.fromJson(retry.toString()));
        } catch (JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new IllegalArgumentException("not the options of a job: " + text + " (" + e.getMessage() + ")", e);
        }
    }
}
