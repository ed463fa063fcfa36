package dev.millrace;

import java.util.UUID;

/**
 * Thrown to whoever awaits a job that the store does not know, or no longer: it ended and was deleted, by retention or by
 * hand, or was never stored (its transaction was rolled back, the id is of another store).
 */
public class ResultExpiredException extends MillraceException {
    private static final long serialVersionUID = 1L;

    private final UUID id;

    public ResultExpiredException(UUID id) {
        super("job " + id + " is not in the store: it ended and was deleted, or was never stored here."
                + " If it ended, its result is lost: keep jobs for longer with keepFor or the store's retention");
        this.id = id;
    }

    public UUID id() {
        return id;
    }
}
