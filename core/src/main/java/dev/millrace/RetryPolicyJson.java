package dev.millrace;

import dev.millrace.RetryPolicy.Curve;
import dev.millrace.RetryPolicy.Rule;
import dev.millrace.RetryPolicy.Shape;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * How retry policies are stored: {@code {"shape":"exponential","base":"PT1S","factor":2.0,"max":"PT15M","jitter":0.2,
 * "attempts":10,"on":{"java.io.IOException":{…},"java.lang.IllegalArgumentException":null}}}. What is at its default is left
 * out; a class with null is given up on. Unknown fields are ignored, so fields can be added.
 */
final class RetryPolicyJson {
    private static final JsonMapper JSON = JsonMapper.shared();

    private RetryPolicyJson() {}

    static String write(RetryPolicy policy) {
        return node(policy).toString();
    }

    private static ObjectNode node(RetryPolicy policy) {
        Curve curve = policy.curve();
        ObjectNode node = JSON.createObjectNode();
        node.put("shape", curve.shape().name().toLowerCase(Locale.ROOT));
        node.put("base", curve.base().toString());
        if (curve.shape() == Shape.EXPONENTIAL) {
            node.put("factor", curve.factor());
        }
        Duration max = policy.limit().maxDelay();
        if (max != null) {
            node.put("max", max.toString());
        }
        if (curve.jitter() > 0) {
            node.put("jitter", curve.jitter());
        }
        if (policy.limit().attempts() > 0) {
            node.put("attempts", policy.limit().attempts());
        }
        if (!policy.rules().isEmpty()) {
            ObjectNode on = node.putObject("on");
            policy.rules().forEach((error, rule) -> {
                RetryPolicy other = rule.policy();
                on.set(error, other == null ? JSON.nullNode() : node(other));
            });
        }
        return node;
    }

    static RetryPolicy read(String json) {
        try {
            return policy(JSON.readTree(json));
        } catch (JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new IllegalArgumentException("not a retry policy: " + json + " (" + e.getMessage() + ")", e);
        }
    }

    private static RetryPolicy policy(JsonNode node) {
        Duration base = Duration.parse(node.path("base").asString());
        String shape = node.path("shape").asString();
        RetryPolicy policy = switch (shape) {
            case "fixed" -> RetryPolicy.fixed(base);
            case "linear" -> RetryPolicy.linear(base);
            case "exponential" ->
                RetryPolicy.exponential(base, node.path("factor").asDouble());
            default -> throw new IllegalArgumentException("unknown shape \"" + shape + "\"");
        };
        if (node.has("max")) {
            policy = policy.maxDelay(Duration.parse(node.path("max").asString()));
        }
        if (node.has("jitter")) {
            policy = policy.jitter(node.path("jitter").asDouble());
        }
        if (node.has("attempts")) {
            policy = policy.attempts(node.path("attempts").asInt());
        }
        Map<String, Rule> rules = new LinkedHashMap<>();
        node.path("on")
                .properties()
                .forEach(entry -> rules.put(
                        entry.getKey(), entry.getValue().isNull() ? Rule.NEVER : new Rule(policy(entry.getValue()))));
        return new RetryPolicy(policy.curve(), policy.limit(), rules);
    }
}
