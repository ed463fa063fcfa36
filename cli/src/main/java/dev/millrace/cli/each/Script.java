package dev.millrace.cli.each;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Reads a script for sh, and puts a reference to the line, quoted as its place asks for, where {@code {}} stands. It knows as much
 * of the shell's grammar as decides about quotes. Where that is not enough to be sure, {@code {}} is refused, never guessed at.
 */
final class Script {
    private static final String WAY_OUT =
            ". Put the line into a variable first, and use that: --shell -- 'x={}; echo \"$(wc -c < \"$x\")\"'";

    private final String text;
    private final StringBuilder result = new StringBuilder();
    private final Deque<Frame> frames = new ArrayDeque<>();
    private int position;
    /** Whether a word may begin here, and with it a comment. */
    private boolean wordStart = true;
    /** Why nothing behind this point can be told; null while all is clear. */
    private @Nullable String unclear;

    /** What encloses a place. */
    private enum Place {
        /** Commands: the script, or {@code $(…)}. */
        COMMANDS,
        /** Between double quotes. */
        DOUBLE,
        /** Between single quotes. */
        SINGLE,
        /** Between backquotes. */
        BACKQUOTES,
        /** In {@code ${…}}. */
        PARAMETER,
        /** In {@code $((…))} or {@code ((…))}. */
        ARITHMETIC
    }

    private static final class Frame {
        private final Place place;
        /** Round brackets that are open in it. */
        private int brackets;

        Frame(Place place, int brackets) {
            this.place = place;
            this.brackets = brackets;
        }
    }

    private Script(String text) {
        this.text = text;
        frames.push(new Frame(Place.COMMANDS, 0));
    }

    /**
     * The script with references instead of {@code {}}; one at its end if there is none.
     *
     * @throws IllegalArgumentException where {@code {}} stands where the line cannot safely be referred to
     */
    static String referring(String text) {
        if (!text.contains(Template.PLACE)) {
            return text + " \"$1\"";
        }
        return new Script(text).read();
    }

    private String read() {
        while (position < text.length()) {
            if (text.startsWith(Template.PLACE, position)) {
                result.append(reference());
                position += Template.PLACE.length();
                wordStart = false;
            } else {
                step(text.charAt(position));
            }
        }
        return result.toString();
    }

    private String reference() {
        if (unclear != null) {
            throw new IllegalArgumentException("{} stands behind " + unclear + WAY_OUT);
        }
        for (Frame frame : frames) {
            switch (frame.place) {
                case SINGLE ->
                    throw new IllegalArgumentException(
                            "{} stands between single quotes, where a shell puts nothing in its place: use double quotes in"
                                    + " the script, as in --shell -- 'grep -c x \"{}\" | sort'");
                case BACKQUOTES -> throw refusal("between backquotes, where quotes have other rules");
                case PARAMETER -> throw refusal("in ${…}, where shells differ about quotes");
                case ARITHMETIC -> throw refusal("in ((…)), where a shell takes words for code");
                default -> {}
            }
        }
        return frames.element().place == Place.DOUBLE ? "${1}" : "\"$1\"";
    }

    private static IllegalArgumentException refusal(String where) {
        return new IllegalArgumentException("{} stands " + where + WAY_OUT);
    }

    private void step(char c) {
        switch (frames.element().place) {
            case SINGLE -> {
                take(1);
                if (c == '\'') {
                    frames.pop();
                }
            }
            case BACKQUOTES -> {
                take(c == '\\' ? 2 : 1);
                if (c == '`') {
                    frames.pop();
                }
            }
            case DOUBLE -> {
                if (c == '"') {
                    take(1);
                    frames.pop();
                } else {
                    inner(c);
                }
            }
            case PARAMETER -> {
                if (c == '}') {
                    take(1);
                    frames.pop();
                } else if ((c == '"' || c == '\'') && isQuoted()) {
                    doubt("quotes in ${…} between double quotes, which shells take differently");
                    take(1);
                } else {
                    quotes(c);
                }
            }
            case ARITHMETIC -> {
                if (c == '"' || c == '\'' || c == '`' || (c == '#' && wordStart)) {
                    doubt("((…)) that may be a subshell");
                }
                if (!brackets(c)) {
                    inner(c);
                }
            }
            case COMMANDS -> commands(c);
        }
    }

    private void commands(char c) {
        if (c == '#' && wordStart) {
            int end = text.indexOf('\n', position);
            take((end < 0 ? text.length() : end) - position);
        } else if (text.startsWith("<<", position)) {
            doubt("<<: in a here-document quotes are text");
            take(2);
        } else if (text.startsWith("$'", position)) {
            doubt("$'…', which shells take differently");
            take(2);
        } else if (text.startsWith("((", position)) {
            open(Place.ARITHMETIC, 2, 2);
        } else if (isCase()) {
            doubt("a case in $(…): its brackets hide where the $(…) ends");
            take(4);
            wordStart = false;
        } else if (frames.size() == 1 || !brackets(c)) {
            quotes(c);
        }
    }

    /** The word case, within {@code $(…)}: its patterns end with brackets that nothing has opened. */
    private boolean isCase() {
        return frames.size() > 1
                && wordStart
                && text.startsWith("case", position)
                && position + 4 < text.length()
                && Character.isWhitespace(text.charAt(position + 4));
    }

    /** Takes a round bracket, if it is one; the last one closes what it is in. */
    private boolean brackets(char c) {
        Frame frame = frames.element();
        if (c != '(' && c != ')') {
            return false;
        }
        frame.brackets += c == '(' ? 1 : -1;
        take(1);
        wordStart = true;
        if (frame.brackets == 0) {
            frames.pop();
            wordStart = false;
        }
        return true;
    }

    private void quotes(char c) {
        if (c == '\'') {
            open(Place.SINGLE, 1, 0);
        } else if (c == '"') {
            open(Place.DOUBLE, 1, 0);
        } else {
            inner(c);
        }
    }

    /** What is not special to single quotes and double ones. */
    private void inner(char c) {
        if (c == '\\') {
            boolean continued = text.startsWith("\\\n", position);
            boolean before = wordStart;
            take(2);
            wordStart = continued && before;
        } else if (c == '`') {
            open(Place.BACKQUOTES, 1, 0);
        } else if (text.startsWith("$((", position)) {
            open(Place.ARITHMETIC, 3, 2);
        } else if (text.startsWith("$(", position)) {
            open(Place.COMMANDS, 2, 1);
            wordStart = true;
        } else if (text.startsWith("${", position)) {
            open(Place.PARAMETER, 2, 0);
        } else if (text.startsWith("$#", position) || text.startsWith("$$", position)) {
            take(2);
        } else {
            take(1);
            wordStart = Character.isWhitespace(c) || ";&|<>()".indexOf(c) >= 0;
        }
    }

    private void open(Place place, int length, int brackets) {
        take(length);
        frames.push(new Frame(place, brackets));
    }

    /** Copies so many characters. */
    private void take(int length) {
        int end = Math.min(text.length(), position + length);
        result.append(text, position, end);
        position = end;
        wordStart = false;
    }

    /** Whether the innermost frame is within double quotes, as far as its own command goes. */
    private boolean isQuoted() {
        for (Frame frame : frames) {
            if (frame.place == Place.DOUBLE) {
                return true;
            }
            if (frame.place == Place.COMMANDS) {
                return false;
            }
        }
        return false;
    }

    private void doubt(String reason) {
        if (unclear == null) {
            unclear = reason;
        }
    }
}
