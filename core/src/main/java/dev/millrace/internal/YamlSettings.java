package dev.millrace.internal;

import java.io.Reader;
import java.util.Map;
import java.util.StringJoiner;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Settings in YAML: names within names are joined by dots, lists by commas. Apart, since its library is optional. */
final class YamlSettings {
    private YamlSettings() {}

    /** @throws IllegalArgumentException when it is no YAML, or not of names and values */
    static void read(Reader reader, Map<String, String> values) {
        JsonNode root;
        try {
            root = YAMLMapper.shared().readTree(reader);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        }
        if (root.isMissingNode() || root.isNull()) {
            return;
        }
        if (!root.isObject()) {
            throw new IllegalArgumentException("it holds no names with values, as in \"store: sqlite:jobs.db\"");
        }
        flatten("", root, values);
    }

    private static void flatten(String name, JsonNode node, Map<String, String> values) {
        if (node.isObject()) {
            node.properties()
                    .forEach(entry -> flatten(
                            name.isEmpty() ? entry.getKey() : name + "." + entry.getKey(), entry.getValue(), values));
        } else if (node.isArray()) {
            StringJoiner list = new StringJoiner(",");
            node.forEach(element -> list.add(element.asString()));
            values.put(name, list.toString());
        } else if (!node.isNull()) {
            values.put(name, node.asString());
        }
    }
}
