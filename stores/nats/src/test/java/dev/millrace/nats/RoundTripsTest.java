package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Filter;
import dev.millrace.spi.Outcome;
import dev.millrace.spi.Retention;
import dev.millrace.spi.SettleAnswer;
import dev.millrace.spi.Settlement;
import dev.millrace.spi.Store;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What calls cost: messages in the stream, whatever the number of jobs. */
class RoundTripsTest {
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
    void five_hundred_jobs_are_stored_by_two_messages() {
        long before = place.written();

        driver.enqueue(Jobs.many(500, Jobs.WORK));

        assertThat(place.written() - before).isEqualTo(2);
    }

    @Test
    void five_hundred_outcomes_and_five_hundred_claims_are_one_message() {
        driver.enqueue(Jobs.many(1_000, Jobs.WORK));
        SessionDriver session = driver.session();
        List<ClaimedJob> held = session.claim(500);
        long before = place.written();

        var reply = session.exchange(
                held.stream()
                        .map(job -> Settlement.of(job.run(), new Outcome.Succeeded(null)))
                        .toList(),
                session.next(new Claim.Queues.AllBut(Set.of()), 500));

        assertThat(reply.answers()).hasSize(500).containsOnly(SettleAnswer.APPLIED);
        assertThat(reply.claimed()).hasSize(500);
        assertThat(place.written() - before).isEqualTo(1);
    }

    @Test
    void five_hundred_children_go_on_with_the_message_that_says_how_their_parent_ended() {
        JobDraft parent = Jobs.work();
        driver.enqueue(parent);
        driver.enqueue(Jobs.many(500, Jobs.WORK).stream()
                .map(child -> child.after(parent).serial("key of " + child.id()))
                .toList());
        SessionDriver session = driver.session();
        ClaimedJob run = session.take(parent.id());
        long before = place.written();

        session.succeed(run);

        assertThat(place.written() - before).isEqualTo(1);
        assertThat(session.claim(600)).hasSize(500);
    }

    @Test
    void a_claim_moves_so_many_expired_jobs_out_of_its_way_and_the_next_one_goes_on() {
        driver.enqueue(Jobs.many(2 * Runs.EXPIRIES_PER_CLAIM + 1, Jobs.WORK).stream()
                .map(job -> job.expiresIn(Duration.ofMinutes(1)))
                .toList());
        clock.advance(Duration.ofMinutes(2));
        UUID living = driver.enqueue(Jobs.work());
        SessionDriver session = driver.session();

        assertThat(session.claim(1)).isEmpty();
        assertThat(session.claim(1)).isEmpty();
        assertThat(session.claim(1)).extracting(job -> job.spec().id()).containsExactly(living);
    }

    @Test
    void looking_writes_nothing() {
        driver.enqueue(Jobs.many(10, Jobs.WORK));
        SessionDriver session = driver.session();
        long before = place.written();

        store.counts();
        store.sessions();
        driver.find(Filter.ALL);
        session.exchange(List.of(), new Claim.Nothing());
        session.claimFrom(9, "empty");
        driver.sweep();

        assertThat(place.written() - before).isZero();
    }
}
