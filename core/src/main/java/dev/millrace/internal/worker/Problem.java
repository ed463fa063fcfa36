package dev.millrace.internal.worker;

/**
 * Something that is wrong with a worker.
 *
 * @param points how much it takes off a health of 100
 * @param text what is wrong, in a sentence
 */
public record Problem(int points, String text) {
    /** The worker goes on, with less than it should have. */
    static Problem hindered(String text) {
        return new Problem(30, text);
    }

    /** The worker may do nothing more until someone comes to its aid. */
    static Problem crippled(String text) {
        return new Problem(60, text);
    }
}
