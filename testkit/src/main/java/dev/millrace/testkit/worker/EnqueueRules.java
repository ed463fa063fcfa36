package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.BulkException;
import dev.millrace.BulkResult;
import dev.millrace.Enqueued;
import dev.millrace.JobHandle;
import dev.millrace.JobRequest;
import dev.millrace.JobState;
import dev.millrace.Millrace;
import dev.millrace.TypeRef;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.Faults.Call;
import dev.millrace.testkit.contract.Together;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How jobs come in: one by one, all or none, and in streams of any length. */
abstract class EnqueueRules extends WorkerPart {
    private static final int CHUNK = 1_000;

    @Test
    void a_job_is_new_and_has_an_id_of_its_own() {
        JobHandle<String> first = millrace.enqueue(ECHO, "one");
        JobHandle<String> second = millrace.enqueue(ECHO, "two");

        assertThat(first.enqueued()).isEqualTo(Enqueued.NEW);
        assertThat(first.id()).isNotEqualTo(second.id()).isLessThan(second.id());
    }

    @Test
    void a_job_keeps_the_id_that_it_was_given_and_enqueueing_it_again_changes_nothing() {
        UUID id = UUID.randomUUID();

        JobHandle<String> first = millrace.enqueue(ECHO.with("one").id(id));
        JobHandle<String> again = millrace.enqueue(ECHO.with("two").id(id));

        assertThat(first.id()).isEqualTo(id);
        assertThat(again.id()).isEqualTo(id);
        assertThat(again.enqueued()).isEqualTo(Enqueued.DUPLICATE);
        assertThat(again.info().payload(TypeRef.of(String.class))).isEqualTo("one");
        assertThat(count(JobState.READY)).isEqualTo(1);
    }

    @Test
    void an_enqueue_whose_reply_was_lost_can_be_repeated_by_its_id() {
        UUID id = UUID.randomUUID();
        faults().loseReply(Call.ENQUEUE, 1);

        assertThatThrownBy(() -> millrace.enqueue(ECHO.with("one").id(id)))
                .isInstanceOf(StoreUnavailableException.class);
        millrace.enqueue(ECHO.with("one").id(id));

        assertThat(count(JobState.READY)).isEqualTo(1);
    }

    @Test
    void a_unique_key_gives_the_unfinished_job_that_holds_it() {
        JobHandle<String> first = millrace.enqueue(ECHO.with("one").uniqueKey("ada"));

        JobHandle<String> same = millrace.enqueue(ECHO.with("two").uniqueKey("ada"));
        JobHandle<String> other = millrace.enqueue(ECHO.with("three").uniqueKey("bob"));
        JobHandle<Integer> otherKind = millrace.enqueue(WORK.with(4).uniqueKey("ada"));

        assertThat(same.id()).isEqualTo(first.id());
        assertThat(same.enqueued()).isEqualTo(Enqueued.DUPLICATE);
        assertThat(other.enqueued()).isEqualTo(Enqueued.NEW);
        assertThat(otherKind.enqueued()).isEqualTo(Enqueued.NEW);
    }

    @Test
    void a_unique_key_is_free_once_its_job_has_ended() throws Exception {
        start(worker().handle(ECHO, (text, job) -> text));
        JobHandle<String> first = millrace.enqueue(ECHO.with("one").uniqueKey("ada"));
        first.await(PATIENCE);

        JobHandle<String> next = millrace.enqueue(ECHO.with("two").uniqueKey("ada"));

        assertThat(next.enqueued()).isEqualTo(Enqueued.NEW);
        assertThat(next.await(PATIENCE)).isEqualTo("two");
    }

    @Test
    void of_many_who_enqueue_one_key_at_once_exactly_one_stores_a_job() {
        List<JobHandle<String>> handles = Together.each(
                IntStream.range(0, 32).boxed().toList(),
                i -> millrace.enqueue(ECHO.with("text " + i).uniqueKey("ada")));

        assertThat(handles.stream().map(JobHandle::id).distinct()).hasSize(1);
        assertThat(handles)
                .filteredOn(handle -> handle.enqueued() == Enqueued.NEW)
                .hasSize(1);
    }

    @Test
    void jobs_enqueued_from_many_threads_are_all_there() {
        List<List<UUID>> ids = Together.each(IntStream.range(0, 16).boxed().toList(), thread -> {
            List<UUID> own = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                own.add(millrace.enqueue(WORK, thread).id());
            }
            return own;
        });

        assertThat(ids.stream().flatMap(List::stream).distinct()).hasSize(800);
        assertThat(count(JobState.READY)).isEqualTo(800);
    }

    @Test
    void of_a_list_with_one_bad_element_none_is_stored_and_it_says_which() {
        try (Millrace narrow = narrow(10)) {
            List<JobRequest<String>> requests = Stream.of("a", "b", "far too long for this", "d")
                    .map(ECHO::with)
                    .toList();

            assertThatThrownBy(() -> narrow.enqueueAll(requests))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("request 2 of 4")
                    .hasMessageContaining("none was");
            assertThat(narrow.jobs().count()).isZero();
        }
    }

    @Test
    void an_empty_list_stores_nothing_and_does_not_ask_the_store() {
        assertThat(millrace.enqueueAll(List.<JobRequest<String>>of())).isEmpty();
        assertThat(faults().calls(Call.ENQUEUE)).isZero();
    }

    @Test
    void ten_thousand_jobs_are_stored_in_one_call_and_come_back_in_order() {
        List<JobHandle<Integer>> handles = enqueueWork(10_000);

        assertThat(count(JobState.READY)).isEqualTo(10_000);
        assertThat(faults().calls(Call.ENQUEUE)).isEqualTo(1);
        assertThat(handles.get(7_654).info().payload(TypeRef.of(Integer.class))).isEqualTo(7_654);
    }

    @Test
    void a_long_stream_is_read_only_as_fast_as_it_is_stored() {
        AtomicLong read = new AtomicLong();
        AtomicLong ahead = new AtomicLong();
        Stream<JobRequest<Integer>> requests = IntStream.range(0, contract.many())
                .peek(i -> {
                    long stored = faults().calls(Call.ENQUEUE) * CHUNK;
                    ahead.accumulateAndGet(read.incrementAndGet() - stored, Math::max);
                })
                .mapToObj(WORK::with);

        BulkResult result = millrace.enqueueEach(requests);

        assertThat(result).isEqualTo(new BulkResult(contract.many(), 0));
        assertThat(ahead.get()).isLessThanOrEqualTo(2 * CHUNK + 1); // one is stored while the next is read
        assertThat(count(JobState.READY)).isEqualTo(contract.many());
    }

    @Test
    void a_stream_may_mix_types_and_counts_its_duplicates() {
        BulkResult result = millrace.enqueueEach(Stream.of(
                ECHO.with("one").uniqueKey("ada"),
                WORK.with(2),
                ECHO.with("three").uniqueKey("ada")));

        assertThat(result).isEqualTo(new BulkResult(2, 1));
    }

    @Test
    void an_empty_stream_is_closed_too() {
        AtomicBoolean closed = new AtomicBoolean();

        BulkResult result =
                millrace.enqueueEach(Stream.<JobRequest<String>>empty().onClose(() -> closed.set(true)));

        assertThat(result).isEqualTo(new BulkResult(0, 0));
        assertThat(closed).isTrue();
    }

    @Test
    void a_stream_that_breaks_off_says_how_many_are_stored() {
        AtomicBoolean closed = new AtomicBoolean();
        Stream<JobRequest<Integer>> requests = IntStream.range(0, 10_000)
                .mapToObj(i -> {
                    if (i == 2_500) {
                        throw new IllegalStateException("the file is damaged");
                    }
                    return WORK.with(i);
                })
                .onClose(() -> closed.set(true));

        BulkException broken = catchThrowableOfType(BulkException.class, () -> millrace.enqueueEach(requests));

        assertThat(broken.result()).isEqualTo(new BulkResult(2_000, 0));
        assertThat(broken).hasMessageContaining("2000").hasCauseInstanceOf(IllegalStateException.class);
        assertThat(count(JobState.READY)).isEqualTo(2_000);
        assertThat(closed).isTrue();
    }

    @Test
    void a_stream_whose_store_fails_says_how_many_are_stored_and_stores_no_more() {
        faults().letPass(Call.ENQUEUE, 2);
        faults().failBefore(Call.ENQUEUE, 1);

        BulkException broken = catchThrowableOfType(
                BulkException.class,
                () -> millrace.enqueueEach(IntStream.range(0, 10_000).mapToObj(WORK::with)));

        assertThat(broken.result()).isEqualTo(new BulkResult(2_000, 0));
        assertThat(broken).hasCauseInstanceOf(StoreUnavailableException.class);
        assertThat(count(JobState.READY)).isEqualTo(2_000);
    }

    @Test
    void a_payload_over_the_limit_is_refused_with_its_size_and_the_limit() {
        try (Millrace narrow = narrow(10)) {
            assertThatThrownBy(() -> narrow.enqueue(ECHO, "123456789"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("11 bytes")
                    .hasMessageContaining("at most 10")
                    .hasMessageContaining("echo");
            narrow.enqueue(ECHO, "12345678");
            assertThat(narrow.jobs().count()).isEqualTo(1);
        }
    }

    @Test
    void without_a_store_nothing_is_accepted_and_afterwards_it_is() {
        faults().goDown();
        assertThatThrownBy(() -> millrace.enqueue(ECHO, "one")).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> millrace.enqueueAll(List.of(ECHO.with("one"))))
                .isInstanceOf(StoreUnavailableException.class);

        faults().comeBack();

        millrace.enqueue(ECHO, "two");
        assertThat(count(JobState.READY)).isEqualTo(1);
    }

    /** A Millrace in another place, that takes small payloads only. */
    private Millrace narrow(int mostBytes) {
        return Millrace.builder(elsewhere().store()).maxPayloadBytes(mostBytes).open();
    }
}
