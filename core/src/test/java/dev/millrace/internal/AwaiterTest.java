package dev.millrace.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.ResultExpiredException;
import dev.millrace.StoreException;
import dev.millrace.spi.Due;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.Operation;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreConfig;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AwaiterTest {
    private final Store store =
            Stores.open(new StoreConfig(StoreAddress.parse("memory:"), Clock.systemUTC(), Retention.DEFAULT));
    private final Awaiter awaiter = new Awaiter(store);

    @AfterEach
    void close() {
        awaiter.close();
        store.close();
    }

    private UUID enqueue() {
        UUID id = UUID.randomUUID();
        store.enqueue(List.of(new NewJob(JobSpec.plain(id, "work", "default", new byte[0]), Due.NOW, null)));
        return id;
    }

    private void cancel(UUID id) {
        store.operate(new Operation.Cancel(), Filter.ids(Set.of(id)), null, 1);
    }

    private static JobRecord get(CompletableFuture<JobRecord> end) throws Exception {
        return end.get(30, TimeUnit.SECONDS);
    }

    @Test
    void a_job_that_has_ended_is_known_at_once() throws Exception {
        UUID id = enqueue();
        cancel(id);

        assertThat(get(awaiter.end(id)).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void a_job_that_ends_later_is_known_then_to_all_who_wait() throws Exception {
        UUID id = enqueue();
        CompletableFuture<JobRecord> one = awaiter.end(id);
        CompletableFuture<JobRecord> two = awaiter.end(id);

        cancel(id);

        assertThat(get(one).id()).isEqualTo(id);
        assertThat(get(two).id()).isEqualTo(id);
    }

    @Test
    void one_who_stops_waiting_does_not_take_the_end_from_another() throws Exception {
        UUID id = enqueue();
        CompletableFuture<JobRecord> one = awaiter.end(id);
        CompletableFuture<JobRecord> two = awaiter.end(id);

        awaiter.forget(id, one);
        cancel(id);

        assertThat(get(two).id()).isEqualTo(id);
        assertThat(one).isNotDone();
    }

    @Test
    void a_job_that_is_not_there_is_told() {
        assertThatThrownBy(() -> get(awaiter.end(UUID.randomUUID()))).hasCauseInstanceOf(ResultExpiredException.class);
    }

    @Test
    void very_many_are_awaited_at_once() throws Exception {
        List<UUID> ids = new ArrayList<>();
        List<CompletableFuture<JobRecord>> ends = new ArrayList<>();
        for (int i = 0; i < 2_500; i++) {
            UUID id = enqueue();
            ids.add(id);
            ends.add(awaiter.end(id));
        }

        ids.forEach(this::cancel);

        for (int i = 0; i < ends.size(); i++) {
            assertThat(get(ends.get(i)).id()).isEqualTo(ids.get(i));
        }
    }

    @Test
    void closing_fails_what_is_awaited_and_what_would_be() {
        UUID id = enqueue();
        CompletableFuture<JobRecord> end = awaiter.end(id);

        awaiter.close();

        assertThatThrownBy(() -> get(end))
                .hasCauseInstanceOf(StoreException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> get(awaiter.end(id))).hasCauseInstanceOf(StoreException.class);
    }
}
