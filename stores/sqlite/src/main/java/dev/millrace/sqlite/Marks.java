package dev.millrace.sqlite;

/**
 * Bits of a job's {@code marks}: what is not plain about it. A plain job has none, so its way costs no look into the tables
 * beside the job's own. Part of the layout: never renumbered.
 */
final class Marks {
    /** Its cancellation was asked for while it was RUNNING. */
    static final int CANCEL = 1;
    /** Its payload is in millrace_payload. */
    static final int PAYLOAD = 2;
    /** It has a row in millrace_spec: labels or keys. */
    static final int SPEC = 4;
    /** It has a unique key, which it may hold. */
    static final int KEY = 8;
    /** It has rows in millrace_tag. */
    static final int TAGS = 16;
    /** It may have rows in millrace_step. */
    static final int STEPS = 32;
    /** It has rows in millrace_log. */
    static final int LOG = 64;
    /** It has a row in millrace_progress. */
    static final int PROGRESS = 128;
    /** It has rows in millrace_run. */
    static final int RUNS = 256;

    /** It has a group, whose gate it passes before it is READY. */
    static final int GROUP = 512;
    /** It holds a slot of its group. */
    static final int HOLDS = 1_024;
    /** It has rows in millrace_parent, or had: it waits or waited for others. */
    static final int PARENTS = 2_048;
    /** Others wait for it, or did. */
    static final int CHILDREN = 4_096;
    /** It is BLOCKED by parents; one that is BLOCKED without this is so by its group. */
    static final int WAITS = 8_192;
    /** It belongs to a workflow. */
    static final int MEMBER = 16_384;
    /** It stands for a workflow. */
    static final int HEAD = 32_768;
    /** Its due time counts from when its parents are done; it has a row in millrace_delay. */
    static final int RELATIVE = 65_536;

    /** What a job must not have to be settled as succeeded by the fast statement. */
    static final int SLOW_TO_SUCCEED = CANCEL | KEY | STEPS | HOLDS | CHILDREN | MEMBER;
    /** What leaves rows in other tables when its own row is deleted. */
    static final int ASIDE = PAYLOAD | SPEC | TAGS | STEPS | LOG | PROGRESS | RUNS | RELATIVE;

    private Marks() {}
}
