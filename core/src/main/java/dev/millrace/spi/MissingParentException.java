package dev.millrace.spi;

import dev.millrace.MillraceException;
import java.util.UUID;

/** A job was to wait for one that does not exist. Nothing of the call was stored. */
public final class MissingParentException extends MillraceException {
    private static final long serialVersionUID = 1;

    private final UUID parent;

    public MissingParentException(UUID child, UUID parent) {
        super("job " + child + " waits for job " + parent
                + ", which does not exist: it was never enqueued, or is deleted." + " Nothing was stored");
        this.parent = parent;
    }

    /** The job that does not exist. */
    public UUID parent() {
        return parent;
    }
}
