package dev.millrace.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobState;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.Notes;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.spi.Rate;
import dev.millrace.spi.Store;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.StoreDriver;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Limits of queues reach the partitions of the queues, whoever sets them, and nobody's older ones come after newer ones. */
class LimitsTest {
    private static final QueueLimits ONE_EACH = QueueLimits.NONE.withGroup("customer", new GroupLimits(1, null));

    private final ThreeParts parts = new ThreeParts();

    @AfterEach
    void close() {
        parts.close();
    }

    @Test
    void a_process_that_only_enqueues_obeys_what_another_has_set() {
        try (Store other = parts.open()) {
            new StoreDriver(other, parts.clock).limits(parts.one, ONE_EACH);
            parts.driver.enqueue(ofOneCustomer(5));
            assertThat(ready()).isEqualTo(1);

            new StoreDriver(other, parts.clock).noLimits(parts.one);
            parts.driver.enqueue(ofOneCustomer(1));
            assertThat(ready()).isEqualTo(6);
        }
    }

    @Test
    void a_bucket_stays_as_it_is_when_a_process_enqueues_that_has_not_heard_of_the_new_rate() {
        QueueLimits fast =
                QueueLimits.NONE.withGroup("customer", new GroupLimits(0, new Rate(1, Duration.ofSeconds(1), 1)));
        QueueLimits slow =
                QueueLimits.NONE.withGroup("customer", new GroupLimits(0, new Rate(1, Duration.ofHours(1), 1)));
        try (Store other = parts.open()) {
            parts.driver.limits(parts.one, fast);
            new StoreDriver(other, parts.clock).limits(parts.one, slow);
            new StoreDriver(other, parts.clock).enqueue(ofOneCustomer(1));
            parts.driver.enqueue(ofOneCustomer(1));
            parts.clock.advance(Duration.ofMinutes(5));
            parts.driver.enqueue(ofOneCustomer(1));
            assertThat(ready()).isEqualTo(1);
        }
    }

    @Test
    void what_somebody_set_who_died_is_told_by_the_next_sweep() {
        putAndDie(ONE_EACH);
        parts.driver.enqueue(ofOneCustomer(3));
        assertThat(ready()).isEqualTo(3);

        parts.driver.sweep();

        parts.driver.enqueue(ofOneCustomer(3));
        assertThat(ready()).isEqualTo(3);
    }

    @Test
    void what_was_read_earlier_does_not_come_after_what_was_read_later() {
        parts.driver.limits(parts.one, ONE_EACH);
        parts.server.call(
                Script.LIMIT,
                parts.of(parts.one),
                new Args().add(0).add("one").add(parts.one).add("").list());
        parts.server.call(
                Script.LIMIT, parts.of(parts.one), new Args().add(0).add("all").list());

        parts.driver.enqueue(ofOneCustomer(3));

        assertThat(ready()).isEqualTo(1);
    }

    @Test
    void limits_that_were_set_for_a_time_hold_for_that_time() {
        parts.store.putNote(QueueLimits.SPACE, parts.one, ONE_EACH.encode(), Notes.ABSENT, Duration.ofMinutes(1));
        parts.driver.enqueue(ofOneCustomer(3));
        assertThat(ready()).isEqualTo(1);

        parts.clock.advance(Duration.ofMinutes(2));
        parts.driver.enqueue(ofOneCustomer(1));

        assertThat(ready()).isEqualTo(4);
    }

    /** Sets limits as somebody does who dies before the queue's partition is told. */
    private void putAndDie(QueueLimits limits) {
        new NoteKeeper(parts.server, parts.partitions)
                .put(QueueLimits.SPACE, parts.one, limits.encode(), Notes.ABSENT, null);
    }

    private List<JobDraft> ofOneCustomer(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Jobs.work().queue(parts.one).group("customer", "1"))
                .toList();
    }

    private long ready() {
        return parts.store.counts().stream()
                .filter(count -> count.state() == JobState.READY)
                .mapToLong(JobCount::count)
                .sum();
    }
}
