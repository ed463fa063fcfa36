package dev.millrace.redis;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Constants of scripts: names in capitals for numbers and texts, defined at the beginning of a line. */
final class Constants {
    private static final String NAME = "[A-Z][A-Z_]*";
    private static final String LITERAL = "(?:\\d+|'[^',\\n]*')";
    private static final Pattern DEFINITION =
            Pattern.compile("(?m)^local (" + NAME + "(?:, " + NAME + ")*) = (" + LITERAL + "(?:, " + LITERAL + ")*)$");
    private static final Pattern COMMENT = Pattern.compile("(?m)--.*$");
    /** A text, in which nothing is a name; or a name. */
    private static final Pattern WORD = Pattern.compile("'[^'\\n]*'|\\b" + NAME + "\\b");

    private Constants() {}

    /**
     * Puts each constant in the place of its name, since Lua 5.1 makes a variable of it that every function has to look for when it is
     * defined. Comments go as well; lines keep their numbers, by which Redis tells of errors.
     */
    static String inline(String script) {
        Map<String, String> values = new HashMap<>();
        String rest = DEFINITION.matcher(COMMENT.matcher(script).replaceAll("")).replaceAll(definition -> {
            define(definition, values);
            return "";
        });
        return WORD.matcher(rest)
                .replaceAll(word -> Matcher.quoteReplacement(values.getOrDefault(word.group(), word.group())));
    }

    private static void define(MatchResult definition, Map<String, String> values) {
        String[] names = definition.group(1).split(", ", -1);
        String[] literals = definition.group(2).split(", ", -1);
        for (int i = 0; i < names.length; i++) {
            if (i >= literals.length || values.put(names[i], literals[i]) != null) {
                throw new IllegalStateException(
                        "a script of millrace-redis defines " + names[i] + " without a value, or twice");
            }
        }
    }
}
