package dev.millrace.spi;

import dev.millrace.spi.Keys.Conflict;
import dev.millrace.spi.Keys.Group;
import dev.millrace.spi.Keys.Member;
import dev.millrace.spi.Keys.Scope;
import dev.millrace.spi.Keys.Unique;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@link Keys} as JSON text. What is as by default is left out. */
final class KeysJson {
    private static final JsonMapper JSON = JsonMapper.shared();

    private KeysJson() {}

    static String write(Keys keys) {
        ObjectNode node = JSON.createObjectNode();
        Unique unique = keys.unique();
        if (unique != null) {
            ObjectNode one = node.putObject("unique").put("key", unique.key());
            if (unique.conflict() != Conflict.SKIP) {
                one.put("conflict", unique.conflict().name());
            }
            if (unique.scope() != Scope.UNFINISHED) {
                one.put("scope", unique.scope().name());
            }
            if (!unique.window().isZero()) {
                one.put("window", unique.window().toString());
            }
        }
        Group group = keys.group();
        if (group != null) {
            ObjectNode one = node.putObject("group").put("name", group.name()).put("key", group.key());
            if (group.strict()) {
                one.put("strict", true);
            }
        }
        Member member = keys.member();
        if (member != null) {
            node.putObject("member")
                    .put("workflow", member.workflow().toString())
                    .put("name", member.name());
        }
        return node.isEmpty() ? "" : JSON.writeValueAsString(node);
    }

    static Keys read(String text) {
        JsonNode node = JSON.readTree(text);
        return new Keys(unique(node.path("unique")), group(node.path("group")), member(node.path("member")));
    }

    private static @Nullable Unique unique(JsonNode node) {
        return node.isMissingNode()
                ? null
                : new Unique(
                        node.path("key").asString(),
                        Conflict.valueOf(node.path("conflict").asString(Conflict.SKIP.name())),
                        Scope.valueOf(node.path("scope").asString(Scope.UNFINISHED.name())),
                        Duration.parse(node.path("window").asString("PT0S")));
    }

    private static @Nullable Group group(JsonNode node) {
        return node.isMissingNode()
                ? null
                : new Group(
                        node.path("name").asString(),
                        node.path("key").asString(),
                        node.path("strict").asBoolean(false));
    }

    private static @Nullable Member member(JsonNode node) {
        return node.isMissingNode()
                ? null
                : new Member(
                        UUID.fromString(node.path("workflow").asString()),
                        node.path("name").asString());
    }
}
