package dev.millrace.cli;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.TypeConversionException;

/** Words on the command line that stand for something that there is. */
public final class Choices {
    private Choices() {}

    /**
     * The constant that is called so.
     *
     * @param name how each is typed
     * @throws TypeConversionException when none is: names all
     */
    public static <E extends Enum<E>> E find(E[] values, Function<? super E, String> name, String word) {
        return Arrays.stream(values)
                .filter(value -> name.apply(value).equals(word))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("\"" + word + "\" is no choice: write "
                        + Arrays.stream(values).map(name).collect(Collectors.joining(", "))));
    }

    /** @throws IllegalArgumentException when there is no such zone */
    static ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no time zone: write UTC, +02:00, or the name of a place as in Europe/Berlin",
                    e);
        }
    }

    /** @throws IllegalArgumentException when it has another form */
    static UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no id: write a UUID, as in 0197a3c2-0000-7000-8000-000000000001", e);
        }
    }
}
