package dev.millrace;

import java.time.Duration;

/**
 * What a move carried, and what was found when both stores were compared at its end.
 *
 * @param jobs how many jobs the source holds, all of which the target holds too, and alike
 * @param notes the same for notes: settings, pauses, schedules
 * @param taken how many jobs and notes were new to the target; those that an earlier run had carried are not
 * @param others how many jobs and notes the target holds that did not come from the source
 * @param bytes the size of what was compared, as plain records, in bytes
 * @param digest what was compared, as a number in hex that does not depend on the engine: see docs/operating.md
 * @param took how long it took, comparing included
 */
public record MoveReport(long jobs, long notes, long taken, long others, long bytes, String digest, Duration took) {}
