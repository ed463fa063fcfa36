package dev.millrace.testkit.contract;

import dev.millrace.spi.ClaimedJob;
import dev.millrace.spi.Outcome;
import dev.millrace.testkit.JobDraft;
import dev.millrace.testkit.Jobs;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.SessionDriver;
import dev.millrace.testkit.StoreDriver;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One job with a unique key and the session that runs it. */
final class Scene {
    static final String KEY = "the key";
    static final Duration EXPIRY = Duration.ofMinutes(10);

    final StoreDriver driver;
    final ManualClock clock;
    final JobDraft draft;
    private SessionDriver session;
    private @Nullable ClaimedJob run;

    Scene(StoreDriver driver, ManualClock clock, boolean expiring) {
        this.driver = driver;
        this.clock = clock;
        JobDraft plain = Jobs.work().unique(KEY);
        this.draft = expiring ? plain.expiresIn(EXPIRY) : plain;
        this.session = driver.session();
    }

    UUID id() {
        return draft.id();
    }

    void enqueue() {
        driver.enqueue(draft);
    }

    void claim() {
        run = session.take(id());
    }

    void settle(Outcome outcome) {
        ClaimedJob present = run;
        if (present == null) {
            throw new IllegalStateException("the scene's job was not claimed");
        }
        session.settle(present, outcome);
    }

    /** The worker dies, which is found at once, and another takes its place. */
    void die() {
        session.close();
        session = driver.session();
        driver.sweep();
    }

    void passExpiry() {
        clock.advance(EXPIRY.plusSeconds(1));
    }
}
