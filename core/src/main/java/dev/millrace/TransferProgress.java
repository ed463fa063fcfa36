package dev.millrace;

/**
 * How far a move has come.
 *
 * @param phase what it is doing
 * @param items how many jobs and notes this phase has dealt with
 * @param jobs how many jobs the source held when the move began; more may have come since
 */
public record MoveProgress(Phase phase, long items, long jobs) {

    /** What a move does, in this order. */
    public enum Phase {
        /** Jobs and notes go from the source to the target. */
        COPYING,
        /** Both stores are read and compared. */
        COMPARING
    }
}
