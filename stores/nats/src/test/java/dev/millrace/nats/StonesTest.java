package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Many ids in little memory behave as a linked map of them does. */
class StonesTest {
    private final Random random = new Random(11);
    private final Stones stones = new Stones();
    private final Map<UUID, Long> model = new LinkedHashMap<>();

    @Test
    void what_is_added_and_removed_at_random_is_found_in_order() {
        List<UUID> all = new ArrayList<>();
        long time = 0;
        for (int i = 0; i < 60_000; i++) {
            // Now and then the clock is set, by more than fits beside the others.
            time += random.nextInt(5_000) == 0 ? (random.nextLong() >> 20) * 1_000 : random.nextInt(100) * 1_000L;
            UUID id = new UUID(random.nextInt(50_000), 7);
            if (random.nextInt(3) == 0) {
                remove(all.isEmpty() ? id : all.get(random.nextInt(all.size())));
            }
            remove(id);
            add(id, time, i + 1L);
            all.add(id);
            if (random.nextInt(4) == 0) {
                remove(model.keySet().iterator().next());
            }
            if (i % 5_000 == 0) {
                assertSame();
            }
        }
        assertSame();
        List.copyOf(model.keySet()).forEach(this::remove);
        assertSame();
    }

    @Test
    void a_time_within_a_millisecond_is_rounded_up() {
        long number = stones.add(new UUID(1, 1), 1_000_000);
        long second = stones.add(new UUID(1, 2), 1_000_001);
        long third = stones.add(new UUID(1, 3), 999_999);

        assertThat(stones.until(number)).isEqualTo(1_000_000);
        assertThat(stones.until(second)).isEqualTo(1_001_000);
        assertThat(stones.until(third)).isEqualTo(1_000_000);
    }

    @Test
    void an_entry_that_is_not_written_yet_counts_as_old() {
        long number = stones.add(new UUID(1, 1), 0);

        assertThat(stones.entryAt(number)).isZero();
        stones.written(number, 1L << 40);
        assertThat(stones.entryAt(number)).isEqualTo(1L << 40);
    }

    private void add(UUID id, long until, long entryAt) {
        long number = stones.add(id, until);
        stones.written(number, entryAt);
        model.put(id, until);
        assertThat(stones.entryAt(number)).isEqualTo(entryAt);
    }

    private void remove(UUID id) {
        long number = stones.find(id);
        assertThat(number != Stones.NONE).isEqualTo(model.remove(id) != null);
        if (number != Stones.NONE) {
            stones.remove(number);
        }
    }

    private void assertSame() {
        assertThat(stones.size()).isEqualTo(model.size());
        Iterator<Map.Entry<UUID, Long>> expected = model.entrySet().iterator();
        for (long at = stones.from(0); at != Stones.NONE; at = stones.from(at + 1)) {
            Map.Entry<UUID, Long> next = expected.next();
            assertThat(stones.id(at)).isEqualTo(next.getKey());
            assertThat(stones.find(next.getKey())).isEqualTo(at);
            assertThat(Math.abs(stones.until(at) - next.getValue())).isLessThan(1_000);
        }
        assertThat(expected.hasNext()).isFalse();
        assertThat(stones.find(new UUID(99_999, 8))).isEqualTo(Stones.NONE);
    }
}
