package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.CancelReason;
import dev.millrace.JobState;
import dev.millrace.spi.Due;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Store;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.StoreDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How jobs go that nobody claimed before they expired. */
class ExpiryTest {
    private static final int MANY = 3_000;

    @Test
    void one_exchange_takes_thousands_of_expired_jobs_out_of_the_way_of_claims() {
        String schema = Servers.NEW.schema();
        ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
        try (Store store = Stores.open(Servers.NEW.server().url() + "?schema=" + schema, clock)) {
            Due soon = new Due.After(Duration.ofMinutes(1));
            List<NewJob> expiring = Stream.generate(
                            () -> new NewJob(spec(), NewJob.now(spec()).due(), soon))
                    .limit(MANY)
                    .toList();
            store.enqueue(expiring);
            clock.advance(Duration.ofMinutes(2));
            UUID live = spec().id();
            store.enqueue(List.of(NewJob.now(JobSpec.plain(live, Jobs.WORK, Jobs.QUEUE, new byte[0]))));

            assertThat(new StoreDriver(store, clock).session().claim(10))
                    .extracting(job -> job.spec().id())
                    .containsExactly(live);

            assertThat(store.counts())
                    .extracting(JobCount::state, JobCount::count)
                    .containsExactlyInAnyOrder(tuple(JobState.RUNNING, 1L), tuple(JobState.CANCELLED, (long) MANY));
            JobRecord first = store.page(Filter.ALL.withStates(Set.of(JobState.CANCELLED)), null, 1)
                    .jobs()
                    .get(0);
            assertThat(first.cancelReason()).isEqualTo(CancelReason.EXPIRED);
            assertThat(first.times().finishedAt()).isEqualTo(clock.instant());
            assertThat(store.verify()).isEmpty();
        } finally {
            Servers.NEW.recycle(schema);
        }
    }

    private static JobSpec spec() {
        return JobSpec.plain(Jobs.newId(), Jobs.WORK, Jobs.QUEUE, new byte[0]);
    }
}
