package dev.millrace.spi;

/**
 * Something about a store that hurts its queues, or may come to.
 *
 * @param code its name in docs/doctor.md, which says from where on it is found: "queue-waiting"
 * @param severity how much it matters
 * @param what is the case, in a sentence with the figures that were measured
 * @param why it matters
 * @param remedy what to do: a command, a setting
 */
public record Finding(String code, Severity severity, String what, String why, String remedy) {

    /** How much it matters; worse ones are greater. */
    public enum Severity {
        /** Good to know: nothing has to be done. */
        NOTE,
        /** It hurts a little, or will soon. */
        WARNING,
        /** Jobs are not run, or may be lost. */
        PROBLEM
    }
}
