package dev.millrace.benchmarks.postgres;

import java.time.Duration;

/**
 * How much is measured.
 *
 * @param rounds measured rounds, after one that is left out
 * @param divisor of the number of jobs
 * @param single how long single enqueues go on
 * @param samples jobs of one round of pick-ups
 * @param burst jobs without a pause that warm up for them
 * @param settling how long an idle worker is left alone before; a server's connections tell it of their transactions within
 *     10 s
 * @param idle how long an idle worker is watched then
 * @param many how many jobs wait, or have ended, where there are many
 * @param manyOurs the same for Millrace and the bare engine
 */
record Size(
        int rounds,
        int divisor,
        Duration single,
        int samples,
        int burst,
        Duration settling,
        Duration idle,
        int many,
        int manyOurs) {
    static final Size QUICK = new Size(
            1, 10, Duration.ofMillis(500), 20, 200, Duration.ofSeconds(2), Duration.ofSeconds(4), 20_000, 50_000);
    static final Size USUAL = new Size(
            3,
            1,
            Duration.ofSeconds(3),
            200,
            2_000,
            Duration.ofSeconds(11),
            Duration.ofSeconds(15),
            1_000_000,
            1_000_000);
    static final Size LONG = new Size(
            3,
            1,
            Duration.ofSeconds(3),
            200,
            2_000,
            Duration.ofSeconds(11),
            Duration.ofSeconds(15),
            1_000_000,
            5_000_000);

    int jobs(int usual) {
        return Math.max(1, usual / divisor);
    }

    int many(Contestant contestant) {
        return switch (contestant.role()) {
            case OURS, RAW, RAW_TOO -> manyOurs;
            case PEER -> many;
        };
    }
}
