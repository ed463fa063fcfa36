package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Failure;
import dev.millrace.Health;
import dev.millrace.Millrace;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Reasons of a health that need a store in a certain state; what workers say of themselves is in the worker contract. */
class HealthTest {
    private static final Failure FAILURE = Failure.of("Broken", "it is broken");

    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final Millrace millrace = Millrace.builder("memory:").clock(clock).open();
    private final StoreDriver driver = new StoreDriver(millrace.store(), clock);

    @AfterEach
    void close() {
        millrace.close();
    }

    private void fail(SessionDriver session, int count) {
        int left = count;
        while (left > 0) {
            int batch = Math.min(1_000, left);
            driver.enqueue(Jobs.many(batch, Jobs.WORK));
            List<ClaimedJob> jobs = session.claim(batch);
            session.settle(jobs.stream()
                    .map(job -> Settlement.of(job.run(), new Outcome.Failed(FAILURE)))
                    .toList());
            left -= batch;
        }
    }

    @Test
    void more_than_a_hundred_thousand_failed_jobs_are_a_reason_for_concern() {
        SessionDriver session = driver.session();
        fail(session, 100_000);
        assertThat(millrace.health().reasons()).isEmpty();

        fail(session, 1);

        Health health = millrace.health();
        assertThat(health.score()).isEqualTo(90);
        assertThat(health.status()).isEqualTo(Health.Status.HEALTHY);
        assertThat(health.reasons()).singleElement().asString().startsWith("100001 FAILED jobs are kept");
    }

    private void worker(String status) {
        millrace.store().openSession(new SessionOpening(UUID.randomUUID(), "the worker", status));
    }

    @Test
    void a_handler_counts_for_the_queues_that_its_worker_serves() {
        driver.enqueue(Jobs.work());
        worker("{\"kinds\":[\"work\"],\"queues\":[\"elsewhere\"]}");
        assertThat(millrace.health().score()).isEqualTo(75);
        assertThat(millrace.health().reasons())
                .singleElement()
                .asString()
                .contains("1 READY job of kind work in queue default", "no live worker");

        worker("{\"kinds\":[\"work\"],\"queues\":[\"elsewhere\",\"default\"]}");

        assertThat(millrace.health().reasons()).isEmpty();
    }

    @Test
    void a_handler_of_a_worker_that_is_silent_does_not_count() {
        driver.enqueue(Jobs.work());
        worker("{\"kinds\":[\"work\"],\"queues\":[],\"leaseMillis\":5000}");
        assertThat(millrace.health().reasons()).isEmpty();

        clock.advance(Duration.ofSeconds(6));

        assertThat(millrace.health().reasons())
                .hasSize(2)
                .anyMatch(reason -> reason.contains("no live worker has a handler"))
                .anyMatch(reason -> reason.contains("was not heard of for 6 s"));
    }

    @Test
    void a_worker_that_tells_no_kinds_may_have_any() {
        driver.enqueue(Jobs.work());
        worker("{\"queues\":[]}");

        assertThat(millrace.health().reasons()).isEmpty();
    }

    @Test
    void a_session_that_is_silent_for_longer_than_its_lease_is_a_reason_for_concern() {
        SessionDriver session = driver.session("the worker", Jobs.WORK);
        clock.advance(Duration.ofSeconds(30));
        assertThat(millrace.health().reasons()).isEmpty();

        clock.advance(Duration.ofSeconds(1));

        assertThat(millrace.health().score()).isEqualTo(85);
        assertThat(millrace.health().reasons())
                .singleElement()
                .asString()
                .contains("worker the worker was not heard of for 31 s");
        session.beat();
        assertThat(millrace.health().score()).isEqualTo(100);
    }
}
