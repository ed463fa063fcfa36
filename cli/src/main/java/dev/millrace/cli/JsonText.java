package dev.millrace.cli;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.StringNode;

/** JSON that people and programs hand in: read strictly, with numbers kept digit by digit. */
public final class JsonText {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private JsonText() {}

    /**
     * Reads one JSON value.
     *
     * @throws IllegalArgumentException when it is none; says where and why
     */
    public static JsonNode read(String text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            if (node == null || node.isMissingNode()) {
                throw new IllegalArgumentException("it is empty");
            }
            return node;
        } catch (JacksonException e) {
            String reason = String.valueOf(e.getOriginalMessage()).replaceAll("(?s)\\s*(\\R| \\(start marker).*", "");
            throw new IllegalArgumentException(reason + place(e.getLocation()), e);
        }
    }

    private static String place(@Nullable TokenStreamLocation at) {
        if (at == null) {
            return "";
        }
        return " at " + (at.getLineNr() > 1 ? "line " + at.getLineNr() + ", " : "") + "column " + at.getColumnNr();
    }

    /** Text as a JSON string. */
    public static JsonNode string(String text) {
        return StringNode.valueOf(text);
    }
}
