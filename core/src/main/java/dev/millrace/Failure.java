package dev.millrace;

import java.io.Serializable;

/**
 * What went wrong in a run, as plain text: an exception is never stored or restored as an object.
 *
 * @param type the exception's class name, or a short word where there was no exception
 * @param message its message; empty when it had none; trimmed to {@value #MAX_MESSAGE} characters
 * @param stack its stack trace, trimmed to {@value #MAX_STACK} characters; may be empty
 */
public record Failure(String type, String message, String stack) implements Serializable {
    /** The longest message kept, in characters. */
    public static final int MAX_MESSAGE = 2_000;
    /** The longest stack trace kept, in characters. */
    public static final int MAX_STACK = 8_000;

    public Failure {
        message = trim(message, MAX_MESSAGE);
        stack = trim(stack, MAX_STACK);
    }

    /** A failure without an exception. */
    public static Failure of(String type, String message) {
        return new Failure(type, message, "");
    }

    private static String trim(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most - 1) + "…";
    }

    @Override
    public String toString() {
        return message.isEmpty() ? type : type + ": " + message;
    }
}
