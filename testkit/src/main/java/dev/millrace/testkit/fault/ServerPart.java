package dev.millrace.testkit.fault;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A part of the contract that needs a server and the way to it. */
abstract class ServerPart extends FaultPart {
    /** For tests that wait until one is over. */
    static final Duration SHORT_LEASE = Duration.ofSeconds(2);

    /** For tests in which nobody may be taken for dead: a loaded machine stands still for seconds at times. */
    static final Duration SAFE_LEASE = Duration.ofSeconds(6);

    FaultFixture server;

    @BeforeEach
    void takeServer() {
        server = (FaultFixture) place;
    }

    /** Whatever a test has done, what it opened can be closed. */
    @AfterEach
    void mend() {
        server.proxy().flow();
        server.proxy().slow(Duration.ZERO);
        server.proxy().accept();
        if (server.server().alive()) {
            server.server().resume();
        } else {
            server.server().start();
        }
    }

    /** Waits until so much time has passed. */
    void awaitPassing(Duration time) {
        long goal = System.nanoTime() + time.toNanos();
        until(time + " have passed", () -> System.nanoTime() - goal >= 0);
    }

    /** Asserts what the engine promises where its server was killed. */
    void assertPromised(Audit audit) {
        if (server.promise() == FaultFixture.Promise.KEEPS_ALL) {
            audit.assertAllKept();
        } else {
            audit.assertInOrder();
        }
    }
}
