package dev.millrace.cli.out;

import org.jline.utils.WCWidth;

/** How many columns of a terminal text takes: wide characters and emoji take two, combining ones none. */
final class Width {
    private Width() {}

    /** The columns that the text takes. */
    static int of(String text) {
        int width = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            width += of(text.codePointAt(i));
        }
        return width;
    }

    /** The text, cut with an ellipsis if it takes more columns. */
    static String cut(String text, int columns) {
        if (of(text) <= columns) {
            return text;
        }
        int width = 0;
        int end = 0;
        while (true) {
            int next = text.codePointAt(end);
            width += of(next);
            if (width >= columns) {
                return text.substring(0, end) + (columns > 0 ? "…" : "");
            }
            end += Character.charCount(next);
        }
    }

    private static int of(int codePoint) {
        if (codePoint < 0x7f) {
            return 1; // most text is such, and needs no table of the rest
        }
        return Math.max(0, WCWidth.wcwidth(codePoint));
    }
}
