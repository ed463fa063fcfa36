package dev.millrace;

/**
 * How far a running job has come, as its handler said.
 *
 * @param done units done
 * @param total units in all; 0 when unknown
 * @param message what it is doing; may be empty
 */
public record Progress(long done, long total, String message) {
    /** Nothing was said yet. */
    public static final Progress NONE = new Progress(0, 0, "");

    @Override
    public String toString() {
        String count = total > 0 ? done + "/" + total : done > 0 ? Long.toString(done) : "";
        return message.isEmpty() ? count : count.isEmpty() ? message : count + " " + message;
    }
}
