package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.JobState;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Filter;
import dev.millrace.spi.JobRecord;
import dev.millrace.spi.JobTrail;
import dev.millrace.spi.LogLine;
import dev.millrace.spi.Notes;
import dev.millrace.spi.Operation;
import dev.millrace.spi.Report;
import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.spi.Transfer;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import dev.millrace.testkit.contract.Books;
import io.nats.client.api.StreamState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The stream does not grow without end, and nothing of use is lost when its old end is cut off. */
class SpaceTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private NatsPlace place;
    private Store store;
    private StoreDriver driver;

    @BeforeEach
    void open() {
        place = new NatsPlace(Servers.server().url(), 1);
        store = place.open(clock, Retention.DEFAULT);
        driver = new StoreDriver(store, clock);
    }

    @AfterEach
    void close() {
        place.close();
    }

    @Test
    void what_is_of_no_use_is_cut_off_and_the_rest_is_as_it_was() {
        SessionDriver session = driver.session();
        UUID lasting =
                driver.enqueue(Jobs.work().payload(new byte[50_000]).tag("old").unique("key"));
        ClaimedJob running = session.take(driver.enqueue(Jobs.work()));
        store.checkpoint(running.run(), "charge", new byte[] {4, 2});
        store.putNote("settings", "pause", new byte[] {1}, Notes.ABSENT, null);
        UUID deleted = driver.enqueue(Jobs.work());
        driver.delete(deleted);
        for (int round = 0; round < 40; round++) {
            List<UUID> jobs = driver.enqueue(Jobs.many(20, "passing").stream()
                    .map(job -> job.payload(new byte[10_000]))
                    .toList());
            driver.delete(jobs.toArray(UUID[]::new));
        }
        StreamState before = state();
        List<JobRecord> jobs = driver.find(Filter.ALL);

        place.shut(store);
        // What is to be cut off stays for as long as a call may take.
        store = place.open("&timeout=3s", clock, Retention.DEFAULT);
        optimize();

        await(() -> state().getByteCount() < before.getByteCount() / 4);
        assertThat(state().getFirstSequence()).isGreaterThan(before.getFirstSequence());
        place.shut(store);
        store = place.open(clock, Retention.DEFAULT);
        driver = new StoreDriver(store, clock);
        assertThat(driver.find(Filter.ALL)).usingRecursiveComparison().isEqualTo(jobs);
        assertThat(driver.job(lasting).spec().payload()).hasSize(50_000);
        assertThat(driver.trail(running.spec().id()).steps()).containsOnlyKeys("charge");
        assertThat(store.note("settings", "pause")).isPresent();
        assertThat(driver.exists(deleted)).isFalse();
        assertThat(Books.faults(store)).isEmpty();
    }

    @Test
    void a_job_that_tells_much_for_long_has_few_places_to_look_at() {
        SessionDriver session = driver.session();
        UUID id = driver.enqueue(Jobs.work());
        ClaimedJob run = session.take(id);

        for (int i = 0; i < 200; i++) {
            session.beat(run, new Report(null, List.of(new LogLine(clock.instant(), "line " + i))));
        }

        await(() -> lengthOfEntry(id) < 1_500);
        assertThat(driver.trail(id).log())
                .hasSize(200)
                .last()
                .matches(line -> line.text().equals("line 199"));
        assertThat(driver.trail(id).log().get(0).text()).isEqualTo("line 0");
        session.succeed(run);
        assertThat(driver.trail(id).runs()).hasSize(1);
        assertThat(Books.faults(store)).isEmpty();
    }

    @Test
    void one_job_whose_bytes_are_lost_fails_and_hides_no_other() {
        UUID lost = driver.enqueue(Jobs.work());
        long at = state().getLastSequence() - 1;
        List<UUID> others = driver.enqueue(Jobs.many(2, Jobs.WORK));
        place.shut(store);
        Admin.run(
                Servers.server().url(),
                connection -> connection.jetStreamManagement().deleteMessage(place.stream(), at));
        store = place.open(clock, Retention.DEFAULT);
        driver = new StoreDriver(store, clock);

        List<ClaimedJob> claimed = driver.session().claim(9);

        assertThat(claimed).extracting(job -> job.spec().id()).containsExactlyElementsOf(others);
        await(() -> driver.state(lost) == JobState.FAILED);
        assertThat(driver.find(Filter.ALL)).hasSize(3);
        driver.delete(lost);
        assertThat(Books.faults(store)).isEmpty();
    }

    @Test
    void an_item_with_a_time_that_cannot_be_leaves_the_leader_as_it_was() {
        UUID known = driver.enqueue(Jobs.work());
        JobRecord job = driver.job(known);
        driver.delete(known);
        Transfer.Item good = new Transfer.Item.Job(job, JobTrail.EMPTY);
        JobRecord.Times times = job.times();
        JobRecord.Times wrong = new JobRecord.Times(times.createdAt(), times.dueAt(), Instant.MAX, null, null, null);
        Transfer.Item bad = new Transfer.Item.Job(
                new JobRecord(job.spec(), job.state(), null, null, job.run(), wrong, null, null), JobTrail.EMPTY);
        long before = place.written();

        assertThatThrownBy(() -> store.importItems(List.of(good, bad))).isInstanceOf(ArithmeticException.class);

        assertThat(driver.exists(known)).isFalse();
        assertThat(store.importItems(List.of(good))).isEqualTo(1);
        assertThat(place.written() - before).as("by the same leader").isEqualTo(2);
        assertThat(Books.faults(store)).isEmpty();
    }

    private void optimize() {
        await(() -> {
            try {
                store.optimize();
                return true;
            } catch (StoreUnavailableException e) {
                return false; // it can be short on a busy machine
            }
        });
    }

    /** Of the job's last entry in the journal, with its commit. */
    private long lengthOfEntry(UUID id) {
        driver.operate(new Operation.Cancel(), id);
        return Admin.run(
                        Servers.server().url(),
                        connection -> connection
                                .jetStreamManagement()
                                .getLastMessage(place.stream(), new Subjects(place.stream()).journal())
                                .getData())
                .length;
    }

    private StreamState state() {
        return Admin.run(
                Servers.server().url(),
                connection -> connection
                        .jetStreamManagement()
                        .getStreamInfo(place.stream())
                        .getStreamState());
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("waited long enough").isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }
}
