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

/** One job, what it is tied to, and the session that runs it. */
final class Scene {
    static final String KEY = "the key";
    static final String GROUP = "the group";
    static final Duration EXPIRY = Duration.ofMinutes(10);

    final StoreDriver driver;
    final ManualClock clock;
    final JobDraft draft;
    /** What a {@link Cast#TIED} job waits for. */
    final JobDraft parent = Jobs.work();
    /** Another job of a {@link Cast#TIED} one's group. */
    final JobDraft rival = Jobs.work().serial(GROUP);

    private SessionDriver session;
    private @Nullable ClaimedJob run;

    /** What the scene's job is. */
    enum Cast {
        /** It has a unique key, and nothing else. */
        PLAIN,
        /** It has a unique key, and expires {@link #EXPIRY} after the test's start. */
        EXPIRING,
        /** As {@link #EXPIRING}; and it has a parent, which has succeeded, and a group with one place. */
        TIED,
        /** It stands for a workflow with one member. */
        HEAD
    }

    Scene(StoreDriver driver, ManualClock clock, Cast cast) {
        this.driver = driver;
        this.clock = clock;
        this.session = driver.session();
        JobDraft plain = Jobs.work().unique(KEY);
        this.draft = switch (cast) {
            case PLAIN -> plain;
            case EXPIRING -> plain.expiresIn(EXPIRY);
            case TIED -> plain.expiresIn(EXPIRY).after(parent).serial(GROUP);
            case HEAD -> Jobs.head();
        };
        if (cast == Cast.TIED) {
            driver.enqueue(parent);
            end(parent, new Outcome.Succeeded(null));
        }
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

    /** Runs another job, which ends so; what follows from that is done when this returns. */
    void end(JobDraft other, Outcome outcome) {
        session.settle(session.take(other.id()), outcome);
        driver.settleDown();
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
