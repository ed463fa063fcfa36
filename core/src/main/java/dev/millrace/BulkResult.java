package dev.millrace;

/**
 * What became of many enqueued jobs.
 *
 * @param stored how many were stored
 * @param duplicates how many were not, because an unfinished job of their kind holds their unique key
 */
public record BulkResult(long stored, long duplicates) {

    /** This and the other together. */
    public BulkResult plus(BulkResult other) {
        return new BulkResult(stored + other.stored, duplicates + other.duplicates);
    }
}
