package dev.millrace;

import org.jspecify.annotations.Nullable;

/**
 * The store cannot do what was asked, and asking again will not help before someone acts: a corrupt or foreign file, a newer
 * schema, a missing folder, a closed store. {@link dev.millrace.spi.StoreUnavailableException} is the sort that passes.
 */
public class StoreException extends MillraceException {
    private static final long serialVersionUID = 1L;

    public StoreException(String message) {
        super(message);
    }

    public StoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
