package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Intake.Answer;
import dev.millrace.spi.JobCount;
import dev.millrace.spi.Retention;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreAddress;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import dev.millrace.testkit.contract.Books;
import dev.millrace.testkit.server.TcpProxy;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.MessageInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who leads: one at a time, another when it is gone, and never to the harm of a job. */
class LeaderTest {
    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private NatsPlace place;
    private TcpProxy proxy;
    private Store first;
    private StoreDriver byFirst;

    @BeforeEach
    void openBehindAProxy() {
        place = new NatsPlace(Servers.server().url(), 1);
        proxy = new TcpProxy("127.0.0.1", Servers.server().port());
        first = place.openBy("nats://127.0.0.1:" + proxy.port(), "&timeout=3s", clock, Retention.DEFAULT);
        byFirst = new StoreDriver(first, clock);
    }

    @AfterEach
    void close() {
        proxy.flow();
        proxy.accept();
        place.close();
        proxy.close();
    }

    @Test
    void a_leader_that_is_closed_hands_over_at_once_and_nothing_is_lost() {
        List<UUID> jobs = byFirst.enqueue(Jobs.many(50, Jobs.WORK));
        // One that has to find out by itself that the leader is gone waits for longer than a call may take.
        StoreDriver other =
                new StoreDriver(place.open("&timeout=20s&reconnect.wait=1m", clock, Retention.DEFAULT), clock);
        SessionDriver session = other.session();
        List<ClaimedJob> held = session.claim(20);

        place.shut(first);

        assertThat(session.succeed(held.get(0))).isEqualTo(SettleAnswer.APPLIED);
        assertThat(session.beat().held()).hasSize(19);
        assertThat(other.find(Filter.ALL)).hasSameSizeAs(jobs);
    }

    @Test
    void a_leader_that_is_cut_off_is_replaced_and_nothing_is_lost() {
        byFirst.enqueue(Jobs.many(50, Jobs.WORK));
        SessionDriver session = byFirst.session();
        List<ClaimedJob> held = session.claim(20);
        Store second = open();
        proxy.refuse();
        proxy.cut();

        SessionDriver moved = session.through(second);

        assertThat(repeat(() -> moved.succeed(held.get(0)))).isEqualTo(SettleAnswer.APPLIED);
        assertThat(moved.beat().held()).hasSize(19);
        assertThat(moved.claim(99)).hasSize(30);
        assertThat(Books.faults(second)).isEmpty();
    }

    @Test
    void one_that_comes_back_after_it_was_replaced_does_as_the_new_leader_says() {
        JobDraft early = Jobs.work();
        byFirst.enqueue(early);
        StoreDriver other = another();
        proxy.refuse();
        proxy.cut();
        JobDraft meanwhile = Jobs.work();
        repeat(() -> other.offer(meanwhile));

        proxy.accept();

        assertThat(byFirst.offer(early)).isEqualTo(new Answer.Known(early.id()));
        assertThat(byFirst.find(Filter.ALL)).extracting(job -> job.id()).contains(meanwhile.id(), early.id());
        assertThat(Books.faults(first)).isEmpty();
    }

    @Test
    void what_a_stalled_leader_was_asked_is_refused_by_the_journal_once_another_leads() throws Exception {
        JobDraft known = Jobs.work();
        byFirst.enqueue(known);
        SessionDriver session = byFirst.session();
        ClaimedJob run = session.take(known.id());
        Store second = open();
        proxy.stall();
        CompletableFuture<SettleAnswer> late = CompletableFuture.supplyAsync(() -> session.fail(run));

        SessionDriver moved = session.through(second);
        SettleAnswer answer = repeat(() -> moved.succeed(run));
        proxy.flow();

        assertThat(answer).isEqualTo(SettleAnswer.APPLIED);
        assertThatThrownBy(() -> late.get(30, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(StoreUnavailableException.class);
        assertThat(new StoreDriver(second, clock).state(known.id())).isEqualTo(JobState.SUCCEEDED);
        assertThat(repeat(() -> session.fail(run))).isEqualTo(SettleAnswer.STALE);
        assertThat(Books.faults(second)).isEmpty();
    }

    @Test
    void of_many_that_open_an_empty_place_at_once_one_leads_and_all_see_the_same() {
        NatsPlace empty = new NatsPlace(Servers.server().url(), 1);
        List<CompletableFuture<Store>> opening = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            opening.add(CompletableFuture.supplyAsync(() -> empty.openApart(clock)));
        }
        List<Store> stores = opening.stream().map(CompletableFuture::join).toList();

        stores.forEach(store -> new StoreDriver(store, clock).enqueue(Jobs.work()));

        stores.forEach(store ->
                assertThat(new StoreDriver(store, clock).find(Filter.ALL)).hasSize(8));
        assertThat(leaders(empty)).as("those who took the lead").hasSize(1);
        stores.forEach(Store::close);
        empty.close();
    }

    @Test
    void of_two_authors_at_one_end_of_the_journal_the_second_is_refused() {
        place.shut(first);
        try (Link link = Link.open(
                Settings.of(StoreAddress.parse(place.address(Servers.server().url()))))) {
            long end = link.info().getStreamState().getLastSequence();
            Journal one = new Journal(link, UUID.randomUUID(), end);
            Journal two = new Journal(link, UUID.randomUUID(), end);

            one.append(one.draft(), 0).join();

            assertThatThrownBy(() -> two.append(two.draft(), 0).join())
                    .rootCause()
                    .isInstanceOf(JetStreamApiException.class)
                    .hasMessageContaining("wrong last sequence");
            assertThat(link.info().getStreamState().getLastSequence()).isEqualTo(end + 1);
        }
    }

    @Test
    void a_commit_that_was_never_finished_leaves_nothing_behind() {
        byFirst.enqueue(Jobs.many(3, Jobs.WORK));
        place.shut(first);
        Draft draft = new Draft(1, 200);
        draft.entry(new Tombstone(Jobs.newId(), Long.MAX_VALUE));
        for (int i = 0; i < 20; i++) {
            draft.entry(new NoteKept("space", "key" + i, new byte[20], 5, Long.MAX_VALUE));
        }
        List<byte[]> parts = draft.journal(UUID.randomUUID(), 1, 99);
        assertThat(parts).hasSizeGreaterThan(2);
        Subjects subjects = new Subjects(place.stream());
        Admin.run(Servers.server().url(), connection -> {
            for (byte[] part : parts.subList(0, parts.size() - 1)) {
                connection.jetStream().publish(subjects.journal(), part);
            }
            return true;
        });

        Store store = open();

        assertThat(store.notes("space")).isEmpty();
        assertThat(new StoreDriver(store, clock).find(Filter.ALL)).hasSize(3);
        assertThat(Books.faults(store)).isEmpty();
    }

    @Test
    void what_ends_is_kept_as_long_as_the_instance_says_through_which_it_ended() {
        Store brief = place.open(
                "", clock, new Retention(Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMinutes(1), 1_000));
        UUID one = byFirst.enqueue(Jobs.work());
        UUID two = byFirst.enqueue(Jobs.work());

        new StoreDriver(brief, clock).cancel(one);
        byFirst.cancel(two);

        assertThat(byFirst.job(one).times().keepUntil())
                .isBefore(clock.instant().plus(Duration.ofMinutes(2)));
        assertThat(byFirst.job(two).times().keepUntil()).isAfter(clock.instant().plus(Duration.ofHours(2)));
    }

    @Test
    void a_journal_that_takes_longer_to_read_than_a_call_may_take_is_read_all_the_same() {
        for (int i = 0; i < 10; i++) {
            byFirst.enqueue(Jobs.many(10_000, Jobs.WORK));
        }
        place.shut(first);

        // Where opening would not wait for the reading, none of the repetitions would see the end of it.
        Store store = repeat(() -> place.open("&timeout=150ms", clock, Retention.DEFAULT));

        assertThat(repeat(store::counts))
                .singleElement()
                .extracting(JobCount::count)
                .isEqualTo(100_000L);
    }

    /** All who ever led; one that leads says so now and then. */
    private static Set<UUID> leaders(NatsPlace place) {
        String subject = new Subjects(place.stream()).lead();
        Settings settings =
                Settings.of(StoreAddress.parse(place.address(Servers.server().url())));
        return Admin.run(Servers.server().url(), connection -> {
            Set<UUID> leaders = new HashSet<>();
            long last = connection
                    .jetStreamManagement()
                    .getLastMessage(place.stream(), subject)
                    .getSeq();
            for (long seq = 0; seq < last; ) {
                MessageInfo next = connection.jetStreamManagement().getNextMessage(place.stream(), seq + 1, subject);
                leaders.add(Lead.read(next.getData(), settings).epoch());
                seq = next.getSeq();
            }
            return leaders;
        });
    }

    private StoreDriver another() {
        return new StoreDriver(open(), clock);
    }

    private Store open() {
        return place.open("&timeout=3s", clock, Retention.DEFAULT);
    }

    /** As a worker does: again, until the store answers. */
    private static <T> T repeat(Supplier<T> call) {
        StoreUnavailableException last = null;
        for (int i = 0; i < 20; i++) {
            try {
                return call.get();
            } catch (StoreUnavailableException e) {
                last = e;
            }
        }
        throw new AssertionError("the store did not come back", last);
    }
}
