package dev.millrace.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class IdsTest {
    private static final long NOW = 1_900_000_000_000L;

    private static boolean ascending(UUID before, UUID after) {
        return Long.compareUnsigned(before.getMostSignificantBits(), after.getMostSignificantBits()) < 0
                || (before.getMostSignificantBits() == after.getMostSignificantBits()
                        && Long.compareUnsigned(before.getLeastSignificantBits(), after.getLeastSignificantBits()) < 0);
    }

    private static void assertAscending(List<UUID> ids) {
        for (int i = 1; i < ids.size(); i++) {
            if (!ascending(ids.get(i - 1), ids.get(i))) {
                throw new AssertionError(ids.get(i - 1) + " is not before " + ids.get(i));
            }
        }
    }

    private static long millis(UUID id) {
        return id.getMostSignificantBits() >>> 16;
    }

    @Test
    void an_id_is_a_version_7_uuid_of_its_time() {
        UUID id = new Ids(() -> NOW).next();

        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(millis(id)).isEqualTo(NOW);
    }

    @Test
    void ids_ascend_and_differ_while_the_clock_stands_still_even_when_the_counter_overflows() {
        Ids ids = new Ids(() -> NOW);
        UUID before = ids.next();
        Set<Long> tails = new HashSet<>(4_000_000);
        for (int i = 0; i < 1_500_000; i++) {
            UUID id = ids.next();
            if (!ascending(before, id)) {
                throw new AssertionError(before + " is not before " + id);
            }
            tails.add(id.getLeastSignificantBits());
            before = id;
        }

        assertThat(tails).as("different in their lower halves alone").hasSize(1_500_000);
        assertThat(before.version()).isEqualTo(7);
        assertThat(before.variant()).isEqualTo(2);
        assertThat(millis(before)).as("ran ahead of the clock").isBetween(NOW + 1, NOW + 2);
    }

    @Test
    void ids_as_text_ascend_too() {
        Ids ids = new Ids(System::currentTimeMillis);
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            made.add(ids.next().toString());
        }

        assertThat(made).isSorted();
    }

    @Test
    void ids_ascend_when_the_clock_goes_back() {
        AtomicLong clock = new AtomicLong(NOW);
        Ids ids = new Ids(clock::get);
        List<UUID> made = new ArrayList<>();
        for (long time : new long[] {NOW, NOW - 1, NOW - 1_000_000, 0, -5, NOW, NOW + 1, NOW - 1, NOW + 2}) {
            clock.set(time);
            made.add(ids.next());
            made.add(ids.next());
        }

        assertAscending(made);
        assertThat(millis(made.get(made.size() - 1))).isEqualTo(NOW + 2);
    }

    @Test
    void ids_ascend_in_each_thread_and_none_is_made_twice() throws Exception {
        int threads = 8;
        int each = 150_000;
        Ids ids = new Ids(System::currentTimeMillis);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            Callable<List<UUID>> work = () -> {
                List<UUID> made = new ArrayList<>(each);
                for (int i = 0; i < each; i++) {
                    made.add(ids.next());
                }
                return made;
            };
            UUID[] all = new UUID[threads * each];
            int filled = 0;
            for (Future<List<UUID>> future : pool.invokeAll(Collections.nCopies(threads, work))) {
                assertAscending(future.get());
                for (UUID id : future.get()) {
                    all[filled++] = id;
                }
            }
            Arrays.sort(all);
            for (int i = 1; i < all.length; i++) {
                assertThat(all[i]).isNotEqualTo(all[i - 1]);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void ends_of_neighbours_differ() {
        Ids ids = new Ids(() -> NOW);
        Set<String> ends = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            ends.add(ids.next().toString().substring(28));
        }

        assertThat(ends).as("of 1,000 ids, the last 8 digits").hasSizeGreaterThanOrEqualTo(999);
    }

    @Test
    void each_bit_of_the_tail_is_set_in_half_of_the_ids() {
        Ids ids = new Ids(() -> NOW);
        int[] set = new int[54];
        for (int i = 0; i < 10_000; i++) {
            long tail = ids.next().getLeastSignificantBits();
            for (int bit = 0; bit < set.length; bit++) {
                set[bit] += (int) (tail >>> bit & 1);
            }
        }

        for (int count : set) {
            assertThat(count).isBetween(4_700, 5_300);
        }
    }

    @Test
    void two_generators_of_the_same_time_make_different_ids() {
        assertThat(new Ids(() -> NOW).next()).isNotEqualTo(new Ids(() -> NOW).next());
    }
}
