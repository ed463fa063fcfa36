package dev.millrace.spi;

import dev.millrace.StoreException;
import org.jspecify.annotations.Nullable;

/**
 * The store did not do what was asked, or its answer was lost, and it may work later: locked, out of reach, disk full.
 * Whether the call took effect is not known; repeating it is safe. Workers go on by themselves once the store is back.
 */
public class StoreUnavailableException extends StoreException {
    private static final long serialVersionUID = 1L;

    public StoreUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
