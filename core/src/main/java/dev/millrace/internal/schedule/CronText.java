package dev.millrace.internal.schedule;

import com.cronutils.model.Cron;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.parser.CronParser;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads cron expressions: minute, hour, day of month, month, day of week, with the second before them if there are six fields.
 * As in cron, a day has to fit one of the two fields on days if both are given.
 */
final class CronText {
    private static final Map<String, String> NICKNAMES = Map.of(
            "@hourly", "0 * * * *",
            "@daily", "0 0 * * *",
            "@midnight", "0 0 * * *",
            "@weekly", "0 0 * * 0",
            "@monthly", "0 0 1 * *",
            "@yearly", "0 0 1 1 *",
            "@annually", "0 0 1 1 *");

    private static final List<Field> FIELDS = List.of(
            new Field("second", "0-59"),
            new Field("minute", "0-59"),
            new Field("hour", "0-23"),
            new Field("day of month", "1-31, or L for the last"),
            new Field("month", "1-12 or JAN-DEC"),
            new Field(
                    "day of week", "0-7 or SUN-SAT (0 and 7 are Sunday), 5L for the last Friday, 5#2 for the second"));

    /** Fields that every hour of the day fits. */
    private static final Set<String> ANY_HOUR = Set.of("*", "*/1", "0-23", "0-23/1");

    private record Field(String name, String range) {}

    private CronText() {}

    /**
     * An expression that was understood.
     *
     * @param text as it was written, with single spaces
     * @param cron what it means
     * @param everyHour whether it fits some moment of every hour, so that its ticks are a matter of minutes and not of the day
     */
    record Parsed(String text, Cron cron, boolean everyHour) {}

    /** @throws IllegalArgumentException when it cannot be: names the field, and says what would do */
    static Parsed parse(String expression) {
        String text = String.join(" ", expression.strip().split("\\s+"));
        String plain = text.startsWith("@") ? nickname(text) : text;
        List<String> parts = List.of(plain.split(" "));
        if (parts.size() != 5 && parts.size() != 6) {
            throw new IllegalArgumentException("the cron expression \"" + text + "\" has "
                    + (plain.isEmpty() ? "no fields" : parts.size() == 1 ? "1 field" : parts.size() + " fields")
                    + ": write five (minute, hour, day of month, month, day of week), six (the second first), or one of "
                    + names());
        }
        List<Field> fields = FIELDS.subList(FIELDS.size() - parts.size(), FIELDS.size());
        CronParser parser = new CronParser(definition(parts.size() == 6));
        for (int i = 0; i < parts.size(); i++) {
            check(parser, text, parts, i, fields.get(i));
        }
        boolean everyHour = ANY_HOUR.contains(parts.get(parts.size() - 4));
        return new Parsed(text, parser.parse(plain), everyHour);
    }

    private static String nickname(String text) {
        String plain = NICKNAMES.get(text);
        if (plain == null) {
            throw new IllegalArgumentException(
                    "the cron expression \"" + text + "\" is none that is known: write one of " + names());
        }
        return plain;
    }

    private static String names() {
        return "@hourly, @daily (or @midnight), @weekly, @monthly, @yearly (or @annually)";
    }

    /** The library does not say which field is wrong, so each is read alone. */
    private static void check(CronParser parser, String text, List<String> parts, int at, Field field) {
        StringBuilder alone = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            alone.append(i == 0 ? "" : " ").append(i == at ? parts.get(at) : "*");
        }
        try {
            parser.parse(alone.toString()).validate();
        } catch (RuntimeException e) {
            String reason = String.valueOf(e.getMessage()).replaceFirst("^Failed to parse cron expression\\. ", "");
            throw new IllegalArgumentException(
                    "the cron expression \"" + text + "\" has \"" + parts.get(at) + "\" as its " + field.name() + " ("
                            + reason + "): write *, or " + field.range()
                            + ", as a list (1,2), a range (1-5) or steps (*/2)",
                    e);
        }
    }

    private static CronDefinition definition(boolean seconds) {
        CronDefinitionBuilder builder = CronDefinitionBuilder.defineCron();
        if (seconds) {
            builder.withSeconds().withValidRange(0, 59).withStrictRange().and();
        }
        return builder.withMinutes()
                .withValidRange(0, 59)
                .withStrictRange()
                .and()
                .withHours()
                .withValidRange(0, 23)
                .withStrictRange()
                .and()
                .withDayOfMonth()
                .withValidRange(1, 31)
                .supportsL()
                .withStrictRange()
                .and()
                .withMonth()
                .withValidRange(1, 12)
                .withStrictRange()
                .and()
                .withDayOfWeek()
                .withValidRange(0, 7)
                .withMondayDoWValue(1)
                .withIntMapping(7, 0)
                .supportsHash()
                .supportsL()
                .withStrictRange()
                .and()
                .instance();
    }
}
