package dev.millrace;

/** A bulk enqueue broke off: what came before is stored, the rest is not. The cause says why. */
public class BulkException extends MillraceException {
    private static final long serialVersionUID = 1L;

    private final transient BulkResult result;

    public BulkException(BulkResult result, RuntimeException cause) {
        super(
                "the bulk broke off after " + result.stored() + " jobs were stored and " + result.duplicates()
                        + " found to be duplicates: " + cause.getMessage(),
                cause);
        this.result = result;
    }

    /** What is known to be stored; of the chunk under way it is not known if the cause is an unavailable store. */
    public BulkResult result() {
        return result;
    }
}
