package dev.millrace.postgres;

/**
 * Bits of a job's {@code marks}: what is not plain about it. A plain job has none, so its way costs no look into the tables
 * beside the job's own. Part of the layout: never renumbered.
 */
final class Marks {
    /** Its cancellation was asked for while it was RUNNING. */
    static final int CANCEL = 1;
    /** Its payload is in the payload table. */
    static final int PAYLOAD = 2;
    /** It has a row in the spec table: labels or keys. */
    static final int SPEC = 4;
    /** It has a unique key, which it holds while it is unfinished. */
    static final int KEY = 8;
    /** It has rows in the tag table. */
    static final int TAGS = 16;
    /** It may have rows in the step table. */
    static final int STEPS = 32;
    /** It has rows in the log table. */
    static final int LOG = 64;
    /** It has a row in the progress table. */
    static final int PROGRESS = 128;
    /** It has rows in the run table. */
    static final int RUNS = 256;

    /** What a job must not have to be settled as succeeded by the fast statement. */
    static final int SLOW_TO_SUCCEED = CANCEL | KEY | STEPS;
    /** What leaves rows in other tables when its own row is deleted. */
    static final int ASIDE = PAYLOAD | SPEC | TAGS | STEPS | LOG | PROGRESS | RUNS;

    private Marks() {}
}
