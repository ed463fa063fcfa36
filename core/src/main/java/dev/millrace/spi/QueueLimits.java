package dev.millrace.spi;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is set for a queue's flow. Kept as a note, so it is set, listed, exported and moved as notes are; a store reads the notes of
 * {@link #SPACE} where it claims from a queue or lets jobs of a group pass. What is written through a store counts for its next
 * call, and for other processes within a heartbeat.
 *
 * @param rate how many claims a time may have; null for no limit
 * @param fair 0, or how many jobs of one group key may be READY or RUNNING at once so that keys take turns
 * @param groups limits by the name of the group
 */
public record QueueLimits(@Nullable Rate rate, int fair, Map<String, GroupLimits> groups) {
    /** Where the notes are: the key is the queue's name. */
    public static final String SPACE = "queue.limits";

    /** No limits. */
    public static final QueueLimits NONE = new QueueLimits(null, 0, Map.of());

    private static final JsonMapper JSON = JsonMapper.shared();

    public QueueLimits {
        groups = Map.copyOf(groups);
        if (fair < 0) {
            throw new IllegalArgumentException(
                    "a fair share of " + fair + " jobs per key: use 1 or more, or 0 for off");
        }
    }

    /**
     * What is set for the keys of a group's name.
     *
     * @param atOnce how many of a key's jobs may hold a slot; 0 for no limit
     * @param rate how many of a key's jobs may pass into READY in a time; null for no limit
     */
    public record GroupLimits(int atOnce, @Nullable Rate rate) {
        /** No limits. */
        public static final GroupLimits NONE = new GroupLimits(0, null);

        public GroupLimits {
            if (atOnce < 0) {
                throw new IllegalArgumentException("a limit of " + atOnce + " jobs: use 1 or more, or 0 for no limit");
            }
        }
    }

    /** How many jobs of a group's key may be READY or RUNNING at once; {@link Integer#MAX_VALUE} for no limit. */
    public int slots(Keys.Group group) {
        int atOnce = group.name().equals(Keys.Group.SERIAL) ? 1 : of(group).atOnce();
        int slots = atOnce == 0 ? Integer.MAX_VALUE : atOnce;
        return fair == 0 ? slots : Math.min(slots, fair);
    }

    /** The rate at which jobs of a group's key pass into READY; null for no limit. */
    public @Nullable Rate rate(Keys.Group group) {
        return of(group).rate();
    }

    private GroupLimits of(Keys.Group group) {
        return groups.getOrDefault(group.name(), GroupLimits.NONE);
    }

    public QueueLimits withRate(@Nullable Rate value) {
        return new QueueLimits(value, fair, groups);
    }

    public QueueLimits withFair(int value) {
        return new QueueLimits(rate, value, groups);
    }

    /** The same, with other limits for a group's name; {@link GroupLimits#NONE} takes them away. */
    public QueueLimits withGroup(String name, GroupLimits value) {
        Map<String, GroupLimits> changed = new TreeMap<>(groups);
        changed.put(name, value);
        changed.values().removeIf(GroupLimits.NONE::equals);
        return new QueueLimits(rate, fair, changed);
    }

    /** What the note holds. */
    public byte[] encode() {
        ObjectNode node = JSON.createObjectNode();
        write(node, rate);
        if (fair > 0) {
            node.put("fair", fair);
        }
        if (!groups.isEmpty()) {
            ObjectNode names = node.putObject("groups");
            new TreeMap<>(groups).forEach((name, limits) -> {
                ObjectNode one = names.putObject(name);
                if (limits.atOnce() > 0) {
                    one.put("atOnce", limits.atOnce());
                }
                write(one, limits.rate());
            });
        }
        return JSON.writeValueAsBytes(node);
    }

    /**
     * Reads what {@link #encode} wrote. What cannot be read is no limit, so that a damaged note stops nobody.
     *
     * @return the limits, or null when the note is not readable
     */
    public static @Nullable QueueLimits decode(byte[] note) {
        try {
            JsonNode node = JSON.readTree(note);
            Map<String, GroupLimits> groups = new TreeMap<>();
            node.path("groups")
                    .forEachEntry((name, one) ->
                            groups.put(name, new GroupLimits(one.path("atOnce").asInt(0), read(one))));
            return new QueueLimits(read(node), node.path("fair").asInt(0), groups);
        } catch (JacksonException | IllegalArgumentException e) {
            return null;
        }
    }

    private static void write(ObjectNode node, @Nullable Rate rate) {
        if (rate != null) {
            node.putObject("rate")
                    .put("permits", rate.permits())
                    .put("perMicros", rate.per().toNanos() / 1_000)
                    .put("burst", rate.burst());
        }
    }

    private static @Nullable Rate read(JsonNode node) {
        JsonNode rate = node.path("rate");
        return rate.isMissingNode()
                ? null
                : new Rate(
                        rate.path("permits").asInt(),
                        Duration.ofNanos(rate.path("perMicros").asLong() * 1_000),
                        rate.path("burst").asInt());
    }
}
