package dev.millrace;

/**
 * How far a move, a backup or a restore has come.
 *
 * @param phase what it is doing
 * @param items how many jobs and notes this phase has dealt with
 * @param total about how many there are, as far as is known: what the store held at the beginning; 0 when it is not known yet
 */
public record TransferProgress(Phase phase, long items, long total) {

    /** What is done, in this order. */
    public enum Phase {
        /** A backup is read to its end, to see that it is whole. */
        CHECKING,
        /** Jobs and notes go from one place to the other. */
        COPYING,
        /** Both stores are read and compared. */
        COMPARING
    }
}
