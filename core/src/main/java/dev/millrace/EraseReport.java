package dev.millrace;

/**
 * What {@link Millrace#erase} came to.
 *
 * @param tag the tag that was meant
 * @param erased jobs that are gone
 * @param remaining jobs of the tag that are still there: running ones, which were asked to stop, and any enqueued meanwhile.
 *     Call it again once they have ended
 */
public record EraseReport(String tag, long erased, long remaining) {

    /** Whether nothing of the tag is left. */
    public boolean complete() {
        return remaining == 0;
    }

    @Override
    public String toString() {
        return erased + " erased, " + remaining + " remaining";
    }
}
