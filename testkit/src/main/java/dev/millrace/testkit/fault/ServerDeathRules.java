package dev.millrace.testkit.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The server's process dies, or stands still. */
abstract class ServerDeathRules extends ServerPart {
    private static final int KILLS = Drill.LONG ? 20 : 3;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void a_server_killed_under_load_loses_nothing_that_it_promised_and_work_goes_on_by_itself() throws Exception {
        load("one", server.address(), LEASE);
        load("two", server.address(), LEASE);
        awaitGoingOn();
        long worst = 0;

        for (int kill = 0; kill < KILLS; kill++) {
            awaitGrowth(5_000 + random.nextInt(40_000), () -> true);
            server.server().kill();
            server.server().start();
            worst = Math.max(worst, awaitGoingOn());
        }

        Audit audit = finish();
        audit.print("server killed " + KILLS + " times", "going on within " + worst + " ms");
        assertPromised(audit);
    }

    @Test
    void a_server_frozen_for_longer_than_the_lease_costs_no_live_worker_its_session() throws Exception {
        Load one = load("one", server.address(), SAFE_LEASE);
        Load two = load("two", server.address(), SAFE_LEASE);
        awaitGoingOn();
        awaitPassing(SAFE_LEASE); // the store's first sweep counts as one after a pause, and is not what is shown here
        Set<UUID> before = Set.of(
                openSessions(one.millrace(), "one").get(0).id(),
                openSessions(two.millrace(), "two").get(0).id());

        server.server().pause();
        awaitPassing(SAFE_LEASE.plusSeconds(1));
        server.server().resume();
        long recovered = awaitGoingOn();

        assertThat(before)
                .containsExactlyInAnyOrder(
                        openSessions(one.millrace(), "one").get(0).id(),
                        openSessions(two.millrace(), "two").get(0).id());
        Audit audit = finish();
        audit.print("server frozen past the lease", "going on within " + recovered + " ms");
        audit.assertAllKept();
        assertThat(audit.rescued()).as("jobs taken from live workers").isZero();
    }
}
