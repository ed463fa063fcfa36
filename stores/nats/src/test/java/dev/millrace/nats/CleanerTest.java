package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Dependency;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Operation;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.Rate;
import dev.millrace.spi.Retention;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import io.nats.client.api.StreamState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A leader that cleans a stream of a few hundred kilobytes, in slices of a few jobs. */
class CleanerTest {
    private static final Thrift THRIFT = new Thrift(100_000, 20, 5, 10_000, Duration.ofMillis(50));
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final UUID session = UUID.randomUUID();
    private NatsPlace place;
    private Link link;
    private Crew crew;
    private Leader leader;
    private long exchanges;
    private long firstSequence;

    @BeforeEach
    void lead() {
        place = new NatsPlace(Servers.server().url(), 1);
        place.open(clock, Retention.DEFAULT);
        place.shutAll();
        link = Link.open(
                Settings.of(StoreAddress.parse(place.address(Servers.server().url()) + "")));
        crew = Crew.of(place.stream());
        firstSequence = state().getFirstSequence();
        leader = begin();
        call(new Call.OpenSession(new SessionOpening(session, "worker", "")));
    }

    private Leader begin() {
        ServerClock server = new ServerClock(clock);
        Seats seats = new Seats(link, server);
        Lead lead = new Lead(UUID.randomUUID(), false, "test");
        long at = 0;
        while (at == 0) { // someone else was quicker
            at = seats.claim(lead, state().getLastSequence());
        }
        Leader begun = new Leader(link, lead, at, Retention.DEFAULT, server, new Bell(link, crew), crew, THRIFT);
        begun.start();
        link.await(begun.loaded());
        return begun;
    }

    @AfterEach
    void end() {
        leader.resign();
        crew.close();
        link.close();
        place.close();
    }

    @Test
    void only_a_stream_above_the_floor_of_which_more_than_half_is_of_no_use_is_worth_it() {
        assertThat(THRIFT.pays(99_000, 0)).isFalse();
        assertThat(THRIFT.pays(101_000, 0)).isTrue();
        assertThat(THRIFT.pays(1_000_000, 501_000)).isFalse();
        assertThat(THRIFT.pays(1_000_000, 499_000)).isTrue();
    }

    @Test
    void the_stream_stays_short_by_itself_and_what_is_of_use_is_as_it_was() {
        List<UUID> lasting = enqueue(30, 500);
        call(new Call.PutNote("space", "key", new byte[] {1}, Notes.ABSENT, null));
        List<JobRecord> before = jobs(lasting);

        churnUntil(this::isCut);

        assertThat(jobs(lasting)).usingRecursiveComparison().isEqualTo(before);
        assertThat(faults()).isEmpty();
        leader.resign();
        leader = begin();
        assertThat(jobs(lasting)).usingRecursiveComparison().isEqualTo(before);
        assertThat(call(new Call.ReadNote("space", "key"))).isPresent();
    }

    @Test
    void what_jobs_wait_for_and_buckets_outlast_the_old_end() {
        call(new Call.PutNote(
                QueueLimits.SPACE,
                "limited",
                QueueLimits.NONE.withRate(new Rate(1, Duration.ofDays(1), 1)).encode(),
                Notes.ABSENT,
                null));
        JobDraft parent = Jobs.work().queue("limited");
        JobDraft child = Jobs.work().after(parent);
        JobDraft known = Jobs.work().after(parent);
        call(new Call.Enqueue(
                Stream.of(parent, child, known).map(JobDraft::newJob).toList()));
        call(new Call.Operate(new Operation.Delete(), Filter.ids(Set.of(known.id())), null, 1));
        assertThat(exchange(List.of())).hasSize(1);
        List<Dependency> before = call(new Call.Parents(List.of(child.id())));
        JobDraft other = Jobs.work().queue("limited");
        call(new Call.Enqueue(List.of(other.newJob())));

        churnUntil(this::isCut);

        assertThat(faults()).isEmpty();
        leader.resign();
        leader = begin();
        assertThat(call(new Call.Parents(List.of(child.id(), known.id()))))
                .isEqualTo(before)
                .hasSize(1);
        assertThat(exchange(List.of())).as("claims beyond the rate").isEmpty();
        call(new Call.Operate(new Operation.Cancel(), Filter.ids(Set.of(other.id())), null, 1));
        assertThat(faults()).isEmpty();
    }

    @Test
    void work_goes_on_meanwhile_and_none_of_it_is_lost() {
        enqueue(200, 400);
        Set<UUID> settled = new LinkedHashSet<>();
        List<ClaimedJob> held = new ArrayList<>();

        churnUntil(() -> {
            List<Settlement> outcomes = held.stream()
                    .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(new byte[50])))
                    .toList();
            List<ClaimedJob> claimed = exchange(outcomes);
            held.forEach(job -> settled.add(job.spec().id()));
            held.clear();
            held.addAll(claimed);
            call(new Call.PutNote("space", "key" + settled.size(), new byte[9], Notes.ABSENT, null));
            return isCut();
        });

        leader.resign();
        leader = begin();
        assertThat(jobs(List.copyOf(settled)))
                .hasSameSizeAs(settled)
                .allMatch(job -> job.state().finished());
        assertThat(call(new Call.ListNotes("space"))).isNotEmpty();
        assertThat(faults()).isEmpty();
    }

    @Test
    void bytes_that_are_lost_keep_the_old_end_from_being_cut_off_no_longer_than_others() {
        UUID lost = enqueue(1, 300).get(0);
        long at = state().getLastSequence() - 1;
        Admin.run(
                Servers.server().url(),
                connection -> connection.jetStreamManagement().deleteMessage(place.stream(), at));
        leader.resign();
        leader = begin();

        churnUntil(this::isCut);

        assertThat(jobs(List.of(lost)))
                .singleElement()
                .satisfies(job -> assertThat(job.spec().payload()).isEmpty());
    }

    @Test
    void what_was_removed_long_ago_counts_for_nothing() {
        long before = live();
        for (int i = 0; i < 50; i++) {
            long revision = call(new Call.PutNote("space", "key", new byte[99], Notes.ABSENT, null))
                    .orElseThrow();
            call(new Call.RemoveNote("space", "key", revision));
        }

        assertThat(live()).isEqualTo(before);
    }

    @Test
    void a_leader_that_was_replaced_while_it_cleaned_cuts_nothing_of_use_off() throws Exception {
        List<UUID> lasting = enqueue(100, 500);
        churn();
        Leader first = leader;
        leader = begin();
        CompletableFuture<?> late = first.submit((desk, signals) ->
                desk.handle(new Asking(new Call.Enqueue(List.of(Jobs.work().newJob())), Retention.DEFAULT), signals));
        assertThat(late).failsWithin(PATIENCE);
        first.ended().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        churnUntil(this::isCut);

        assertThat(jobs(lasting)).hasSameSizeAs(lasting);
        assertThat(faults()).isEmpty();
    }

    private long live() {
        link.await(leader.submit((desk, signals) -> () -> true));
        return leader.changes().live();
    }

    /** Stores and deletes jobs, beside what else is done, until it has come about. */
    private void churnUntil(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited long enough").isLessThan(deadline);
            churn();
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void churn() {
        List<UUID> passing = enqueue(10, 1_000);
        call(new Call.Operate(new Operation.Delete(), Filter.ALL.withIds(Set.copyOf(passing)), null, passing.size()));
    }

    private List<UUID> enqueue(int count, int bytes) {
        List<JobDraft> drafts = Jobs.many(count, bytes == 1_000 ? "passing" : Jobs.WORK).stream()
                .map(draft -> draft.payload(new byte[bytes]))
                .toList();
        call(new Call.Enqueue(drafts.stream().map(JobDraft::newJob).toList()));
        return drafts.stream().map(JobDraft::id).toList();
    }

    private List<ClaimedJob> exchange(List<Settlement> outcomes) {
        Claim claim = new Claim.Next(new Claim.Queues.AllBut(Set.of()), Set.of(Jobs.WORK), -1_000, 3, 0);
        return call(new Call.Exchanging(new Exchange(session, ++exchanges, outcomes, claim)))
                .claimed();
    }

    private List<JobRecord> jobs(List<UUID> ids) {
        return call(new Call.Get(ids));
    }

    private List<String> faults() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return verified();
            } catch (StoreUnavailableException e) {
                // The stream was cut shorter while it was read.
                assertThat(System.nanoTime()).as("waited long enough").isLessThan(deadline);
            }
        }
    }

    @SuppressWarnings("unchecked") // it says what is wrong
    private List<String> verified() {
        return (List<String>) link.await(leader.submit(
                        (Inbox.Alone) (desk, signals) -> Verifying.run(link, Retention.DEFAULT, leader, desk)))
                .get();
    }

    @SuppressWarnings("unchecked") // the call says what its answer is
    private <R> R call(Call<R> call) {
        return (R) link.await(
                        leader.submit((desk, signals) -> desk.handle(new Asking(call, Retention.DEFAULT), signals)))
                .get();
    }

    private boolean isCut() {
        return state().getFirstSequence() > firstSequence + 50;
    }

    private StreamState state() {
        return link.info().getStreamState();
    }
}
