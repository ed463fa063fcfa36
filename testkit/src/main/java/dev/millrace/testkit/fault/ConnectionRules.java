package dev.millrace.testkit.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.JobHandle;
import dev.millrace.Millrace;
import dev.millrace.spi.RunEnd;
import dev.millrace.spi.RunRecord;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The network between workers and the server breaks. */
abstract class ConnectionRules extends ServerPart {
    private static final int CUTS = Drill.LONG ? 50 : 5;
    /** Each is awaited on its own, which takes a round trip at least. */
    private static final int SLOW_JOBS = Drill.LONG ? 200 : 20;

    @Test
    void connections_cut_under_load_lose_nothing_and_work_goes_on_by_itself() throws Exception {
        load("one", server.proxied(), LEASE);
        load("two", server.proxied(), LEASE);
        awaitGoingOn();
        long worst = 0;

        for (int cut = 0; cut < CUTS; cut++) {
            awaitGrowth(2_000 + random.nextInt(10_000), () -> true);
            long connections = server.proxy().connections();
            server.proxy().cut();
            worst = Math.max(worst, awaitGoingOn());
            assertThat(server.proxy().connections())
                    .as("nobody has found a way around the proxy")
                    .isGreaterThan(connections);
        }

        Audit audit = finish();
        audit.print("connections cut " + CUTS + " times", "going on within " + worst + " ms");
        audit.assertAllKept();
    }

    @Test
    void a_worker_whose_connections_stall_past_its_lease_loses_its_jobs_and_its_late_outcomes_do_not_count()
            throws Exception {
        Load stalled = stubborn("stalled", server.proxied(), SHORT_LEASE);
        Millrace direct = millrace(server.address());
        JobHandle<String> held = direct.enqueue(Load.LONG, 0);
        journal.write("A", held.id());
        until("the worker to be stalled is at it", () -> journal.has("S", held.id(), "stalled"));
        UUID lost = openSessions(direct, "stalled").get(0).id();
        stalled.produce(era, random.nextLong());
        load("well", server.address(), SHORT_LEASE);
        awaitGoingOn();

        server.proxy().stall();
        until("the other worker takes the job over", () -> journal.has("E", held.id(), "well"));
        gate.countDown();
        server.proxy().flow();
        long recovered = awaitGoingOn();

        assertThat(openSessions(direct, "stalled"))
                .hasSize(1)
                .allMatch(session -> !session.id().equals(lost));
        assertThat(held.await(PATIENCE)).isEqualTo("well");
        Audit audit = finish();
        assertThat(direct.store().trail(held.id()).runs())
                .extracting(RunRecord::end)
                .endsWith(RunEnd.RESCUED, RunEnd.SUCCEEDED);
        audit.print("connections stalled past the lease", "going on within " + recovered + " ms");
        audit.assertAllKept();
    }

    @Test
    void a_slow_connection_works_and_keeps_its_session() throws Exception {
        server.proxy().slow(Duration.ofMillis(50));
        Load slow = worker("slow", server.proxied(), SAFE_LEASE);
        UUID session = openSessions(slow.millrace(), "slow").get(0).id();
        long began = System.nanoTime();

        List<JobHandle<String>> handles = slow.millrace()
                .enqueueAll(
                        IntStream.range(0, SLOW_JOBS).mapToObj(Load.STEP::with).toList());
        handles.forEach(handle -> journal.write("A", handle.id()));
        for (JobHandle<String> handle : handles) {
            assertThat(handle.await(PATIENCE)).isEqualTo("slow");
        }
        long took = Duration.ofNanos(System.nanoTime() - began).toMillis();
        awaitPassing(SAFE_LEASE);

        assertThat(openSessions(slow.millrace(), "slow"))
                .hasSize(1)
                .allMatch(open -> open.id().equals(session));
        server.proxy().slow(Duration.ZERO);
        Audit audit = finish();
        audit.print("50 ms each way", SLOW_JOBS + " jobs in " + took + " ms");
        audit.assertAllKept();
        assertThat(audit.rescued()).as("jobs taken from a live worker").isZero();
    }
}
