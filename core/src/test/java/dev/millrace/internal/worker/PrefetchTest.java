package dev.millrace.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrefetchTest {
    private static final int MILLI = 1_000_000;

    private final Prefetch prefetch = new Prefetch();

    @Test
    void nothing_is_held_until_a_run_has_ended() {
        assertThat(prefetch.jobs(16)).isZero();
    }

    @Test
    void jobs_are_held_for_a_tenth_of_a_second_of_work() {
        prefetch.ran(10 * MILLI, 50);

        assertThat(prefetch.jobs(16)).isEqualTo(160);
    }

    @Test
    void quick_jobs_are_held_by_the_thousand_and_no_more() {
        prefetch.ran(1, 50);

        assertThat(prefetch.jobs(1_000)).isEqualTo(8_000);
    }

    @Test
    void large_payloads_are_held_up_to_64_mebibytes() {
        prefetch.ran(1, 1 << 20);

        assertThat(prefetch.jobs(1_000)).isEqualTo(64);
    }

    @Test
    void one_large_payload_among_small_ones_counts_at_once_and_is_forgotten_slowly() {
        for (int i = 0; i < 1_000; i++) {
            prefetch.ran(1, 50);
        }
        prefetch.ran(1, 1 << 20);

        assertThat(prefetch.jobs(1_000)).isEqualTo(64);
        for (int i = 0; i < 5_000; i++) {
            prefetch.ran(1, 50);
        }
        assertThat(prefetch.jobs(1_000)).isEqualTo(8_000);
    }
}
