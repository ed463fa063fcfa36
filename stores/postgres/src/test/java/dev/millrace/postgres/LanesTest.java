package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Claim;
import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Exchange;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.NewJob;
import dev.millrace.spi.SessionOpening;
import dev.millrace.spi.Store;
import dev.millrace.testkit.Jobs;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lanes by the hundred, lanes that come fast, and lanes that the server has lost. */
class LanesTest {
    private final String schema = "lanes_" + UUID.randomUUID().toString().substring(0, 8);
    private final String address = Servers.NEW.server().url() + "?schema=" + schema;
    private final UUID session = Jobs.newId();
    private Store store;
    private long number;

    @BeforeEach
    void open() {
        store = Stores.open(address);
        store.openSession(new SessionOpening(session, "worker", "{}"));
    }

    @AfterEach
    void close() {
        assertThat(store.verify()).isEmpty();
        store.close();
        Servers.NEW.run("DROP SCHEMA " + schema + " CASCADE");
    }

    @Test
    void among_two_hundred_kinds_jobs_are_claimed_by_priority_then_arrival() {
        List<NewJob> jobs = new ArrayList<>();
        Set<String> kinds = new HashSet<>();
        for (int i = 0; i < 600; i++) {
            kinds.add("kind-" + i % 200);
            jobs.add(job("kind-" + i % 200, i % 3));
        }
        store.enqueue(jobs);

        List<UUID> claimed = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            claim(kinds, 50).forEach(job -> claimed.add(job.spec().id()));
        }

        List<UUID> expected = new ArrayList<>();
        for (int priority = 2; priority >= 0; priority--) {
            for (NewJob job : jobs) {
                if (job.spec().priority() == priority) {
                    expected.add(job.spec().id());
                }
            }
        }
        assertThat(claimed).isEqualTo(expected);
    }

    @Test
    void a_claim_ends_where_its_lanes_are_set_back() {
        store.enqueue(List.of(job("old", 0), job("older", 0)));
        assertThat(claim(Set.of("old"), 1)).hasSize(1);
        Servers.NEW.run(
                "DELETE FROM " + schema + ".job; DELETE FROM " + schema + ".tally; DELETE FROM " + schema + ".lane");

        assertThat(claim(Set.of("old"), 1)).isEmpty();
    }

    @Test
    void a_job_is_stored_under_its_own_kind_after_the_server_has_lost_its_lane_to_another() {
        store.enqueue(List.of(job("mine", 0)));
        Servers.NEW.run("DELETE FROM " + schema + ".job; DELETE FROM " + schema + ".tally;" + " UPDATE " + schema
                + ".lane SET kind = 'other'");

        NewJob plain = job("mine", 0);
        NewJob large = NewJob.now(JobSpec.plain(Jobs.newId(), "mine", Jobs.QUEUE, new byte[1000]));
        store.enqueue(List.of(plain));
        store.enqueue(List.of(large));

        assertThat(claim(Set.of("other"), 10)).isEmpty();
        assertThat(claim(Set.of("mine"), 10))
                .extracting(job -> job.spec().id())
                .containsExactly(plain.spec().id(), large.spec().id());
    }

    @Test
    void lanes_that_were_lost_do_not_leave_their_numbers_to_others() {
        store.enqueue(List.of(job("a", 0), job("b", 0), job("c", 0)));
        List<Integer> before = numbers();
        Servers.NEW.run(
                "DELETE FROM " + schema + ".job; DELETE FROM " + schema + ".tally; DELETE FROM " + schema + ".lane");
        try (Store other = Stores.open(address)) {
            other.enqueue(List.of(job("d", 0), job("e", 0), job("f", 0)));
        }

        // each is the same by chance once in thousands
        assertThat(numbers()).hasSize(3).isNotEqualTo(before);
    }

    private List<Integer> numbers() {
        List<Integer> numbers = new ArrayList<>();
        try (Connection connection = Servers.NEW.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT lane FROM " + schema + ".lane ORDER BY lane")) {
            while (rows.next()) {
                numbers.add(rows.getInt(1));
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        return numbers;
    }

    private static NewJob job(String kind, int priority) {
        JobSpec plain = JobSpec.plain(Jobs.newId(), kind, Jobs.QUEUE, new byte[0]);
        return NewJob.now(new JobSpec(
                plain.id(), kind, Jobs.QUEUE, priority, plain.payload(), "", plain.labels(), plain.keys(), null));
    }

    private List<ClaimedJob> claim(Set<String> kinds, int limit) {
        Claim claim = new Claim.Next(new Claim.Queues.AllBut(Set.of()), kinds, -1000, limit, 1);
        return store.exchange(new Exchange(session, ++number, List.of(), claim)).claimed();
    }
}
