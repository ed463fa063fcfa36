package dev.millrace;

/**
 * A move was refused before it changed anything, or ended with two stores that are not alike. Nothing is lost: the source is
 * never changed. The message says what to do.
 */
public class MoveException extends MillraceException {
    private static final long serialVersionUID = 1L;

    public MoveException(String message) {
        super(message);
    }
}
