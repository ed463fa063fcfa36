package dev.millrace.internal.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobEvent;
import dev.millrace.JobListener;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DeliveryTest {
    private static final JobEvent EVENT = new JobEvent.Enqueued(
            new JobEvent.Job(UUID.randomUUID(), "kind", "queue", Set.of(), Map.of()), Instant.EPOCH);

    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);
    private final AtomicInteger told = new AtomicInteger();

    private final JobListener slow = new JobListener() {
        @Override
        public void enqueued(JobEvent.Enqueued event) {
            reached.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            told.incrementAndGet();
        }
    };

    private Delivery full() throws InterruptedException {
        Delivery delivery = new Delivery(slow);
        delivery.offer(EVENT);
        reached.await();
        for (int i = 0; i < JobListener.WAITING + 5; i++) {
            delivery.offer(EVENT);
        }
        return delivery;
    }

    @Test
    void what_comes_while_too_much_waits_is_dropped_counted_and_named_as_a_problem() throws InterruptedException {
        Delivery delivery = full();

        assertThat(delivery.stats().dropped()).isEqualTo(5);
        assertThat(delivery.stats().waiting()).isEqualTo(JobListener.WAITING);
        assertThat(delivery.problem().orElseThrow().text())
                .contains(slow.getClass().getName(), "too slow", "5 of its events");
        gate.countDown();
        delivery.end(Duration.ofSeconds(30));

        assertThat(told).hasValue(JobListener.WAITING + 1);
        assertThat(delivery.stats().delivered()).isEqualTo(JobListener.WAITING + 1L);
    }

    @Test
    void one_that_never_returns_is_left_when_its_time_is_up() throws InterruptedException {
        Delivery delivery = full();

        delivery.end(Duration.ofMillis(50));

        assertThat(delivery.stats().waiting()).isZero();
        assertThat(told.get()).isLessThanOrEqualTo(1);
    }

    @Test
    void a_listener_may_end_its_own_delivery() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        Delivery[] delivery = new Delivery[1];
        CountDownLatch made = new CountDownLatch(1);
        delivery[0] = new Delivery(new JobListener() {
            @Override
            public void enqueued(JobEvent.Enqueued event) {
                try {
                    made.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                delivery[0].end(Duration.ofDays(1));
                ended.countDown();
            }
        });
        made.countDown();

        delivery[0].offer(EVENT);

        assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_listener_that_leaves_its_thread_interrupted_hears_the_next_event() {
        Delivery delivery = new Delivery(new JobListener() {
            @Override
            public void enqueued(JobEvent.Enqueued event) {
                told.incrementAndGet();
                Thread.currentThread().interrupt();
            }
        });

        delivery.offer(EVENT);
        delivery.offer(EVENT);
        delivery.end(Duration.ofSeconds(30));
        assertThat(told).hasValue(2);
    }
}
