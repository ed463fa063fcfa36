package dev.millrace.cli.workflow;

import dev.millrace.cli.out.Durations;
import dev.millrace.cli.out.Moments;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * A value in a file, and where it stands there.
 *
 * @param source the file
 * @param path from the file's root, as in {@code jobs[3].after}; empty for the root
 * @param json the value
 */
record Place(String source, String path, JsonNode json) {

    /** An error at this place. */
    IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(source + (path.isEmpty() ? "" : ", " + path) + ": " + what);
    }

    /** This, if it is an object of such fields. */
    Place object(Set<String> known) {
        if (!json.isObject()) {
            throw wrong("this is " + sort() + ": an object is expected");
        }
        for (String field : json.propertyNames()) {
            if (!known.contains(field)) {
                throw wrong("\"" + field + "\" means nothing here: use " + String.join(", ", new TreeSet<>(known)));
            }
        }
        return this;
    }

    boolean has(String field) {
        return json.has(field);
    }

    /** The value of a field; one that is absent is none that any reader takes. */
    Place child(String field) {
        return new Place(source, path.isEmpty() ? field : path + "." + field, json.path(field));
    }

    List<Place> array() {
        if (!json.isArray()) {
            throw wrong(
                    json.isMissingNode()
                            ? "this is missing: give an array"
                            : "this is " + sort() + ": an array is expected");
        }
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < json.size(); i++) {
            places.add(new Place(source, path + "[" + i + "]", json.get(i)));
        }
        return places;
    }

    String text() {
        if (!json.isString()) {
            throw wrong(
                    json.isMissingNode() ? "this is missing: give text" : "this is " + sort() + ": text is expected");
        }
        return json.asString();
    }

    int number() {
        if (!json.isIntegralNumber() || !json.canConvertToInt()) {
            throw wrong("this is " + sort() + ": a whole number is expected");
        }
        return json.asInt();
    }

    Duration duration() {
        String text = text();
        try {
            return Durations.parse(text);
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    Instant time() {
        String text = text();
        try {
            return Moments.parse(text);
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    /** Makes something of a field's value, whose complaints are those of the place. */
    <T, M> M named(String field, Function<Place, T> reader, Function<T, M> maker) {
        Place place = child(field);
        T value = reader.apply(place);
        try {
            return maker.apply(value);
        } catch (IllegalArgumentException e) {
            throw place.wrong(String.valueOf(e.getMessage()));
        }
    }

    /** Does something with a field's value, whose complaints are those of the place. */
    <T> void apply(String field, Function<Place, T> reader, Consumer<T> taker) {
        this.<T, Boolean>named(field, reader, value -> {
            taker.accept(value);
            return true;
        });
    }

    private String sort() {
        return switch (json.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case BOOLEAN -> json.toString();
            case NULL -> "null";
            case NUMBER -> "the number " + json;
            case STRING -> "text";
            case MISSING -> "missing";
            default -> json.toString();
        };
    }
}
