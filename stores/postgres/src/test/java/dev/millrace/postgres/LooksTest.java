package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.ClaimedJob;
import dev.millrace.testkit.Jobs;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When claims look from the head on, and what marks they go by otherwise: {@link LowWater} without a server. */
class LooksTest {
    private static final List<Integer> LANE = List.of(7);

    private final AtomicLong nanos = new AtomicLong();
    private final LowWater lowWater = new LowWater(nanos::get);

    @BeforeEach
    void manyDeadRows() {
        lowWater.dead(60_000);
    }

    @Test
    void the_first_look_is_from_the_head_and_the_next_one_such_after_ten_times_as_long_as_it_took() {
        LowWater.Look first = lowWater.look(LANE);
        pass(100);
        lowWater.took(first, List.of(taken(0, 500)), 1_000, false);

        assertThat(first.fromHead()).isTrue();
        pass(999);
        LowWater.Look marked = lowWater.look(LANE);
        assertThat(marked.fromHead()).isFalse();
        assertThat(values(marked)).contains(500L);
        assertThat(lowWater.overlooks(first, false)).isZero();
        assertThat(lowWater.overlooks(marked, false)).isEqualTo(1_000);
        pass(1);
        assertThat(lowWater.look(LANE).fromHead()).isTrue();
    }

    @Test
    void a_look_that_saw_nothing_is_made_again_at_once_and_so_is_one_after_jobs_came_back() {
        lowWater.sawNothing(lowWater.look(LANE));
        assertThat(lowWater.look(LANE).fromHead()).isTrue();

        lookedFromHead();
        lowWater.cameBack();
        assertThat(lowWater.look(LANE).fromHead()).isTrue();
    }

    @Test
    void a_lane_that_was_not_looked_at_yet_is_looked_at_from_the_head_on() {
        lookedFromHead();

        assertThat(lowWater.look(LANE).fromHead()).isFalse();
        assertThat(lowWater.look(List.of(7, 8)).fromHead()).isTrue();
    }

    @Test
    void a_look_that_was_filled_before_it_came_to_a_mark_forgets_the_mark() {
        lowWater.took(lowWater.look(LANE), List.of(taken(5, 400), taken(0, 500)), 1_000, false);
        assertThat(values(lowWater.look(LANE))).contains(400L, 500L);

        lowWater.cameBack();
        lowWater.took(lowWater.look(LANE), List.of(taken(5, 450)), 2_000, false);

        assertThat(values(lowWater.look(LANE))).contains(450L).doesNotContain(400L, 500L);
    }

    @Test
    void a_look_that_took_all_keeps_the_later_mark() {
        lowWater.took(lowWater.look(LANE), List.of(taken(0, 500)), 1_000, true);
        lowWater.cameBack();
        lowWater.took(lowWater.look(LANE), List.of(taken(0, 300)), 2_000, true);

        assertThat(values(lowWater.look(LANE))).contains(500L).doesNotContain(300L);
    }

    @Test
    void with_few_dead_rows_again_every_look_is_from_the_head() {
        lookedFromHead();
        lowWater.dead(30_000);
        assertThat(lowWater.look(LANE).fromHead()).isFalse();

        lowWater.dead(20_000);
        assertThat(lowWater.look(LANE).fromHead()).isTrue();
        assertThat(lowWater.look(LANE).fromHead()).isTrue();
    }

    private void lookedFromHead() {
        lowWater.took(lowWater.look(LANE), List.of(), 1_000, true);
    }

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private static List<Object> values(LowWater.Look look) {
        return look.values(7, -1_000, 10);
    }

    private static Claims.Taken taken(int priority, long due) {
        ClaimedJob.History history = new ClaimedJob.History(1, 0, 0);
        return new Claims.Taken(0, Jobs.newId(), 7, priority, due, 1, 0, null, "", 1, history, 0, 0, null);
    }
}
