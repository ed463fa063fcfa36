package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.spi.Retention;
import dev.millrace.spi.Store;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.StoreDriver;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** One part of the contract: opens an empty store for each test and checks its books afterwards. */
@ExtendWith(OuterContract.class)
abstract class ContractPart {
    static final Duration LEASE = StoreDriver.LEASE;
    static final Duration SECOND = Duration.ofSeconds(1);
    static final Duration MINUTE = Duration.ofMinutes(1);
    static final Duration HOUR = Duration.ofHours(1);
    static final Duration DAY = Duration.ofDays(1);
    /**
     * More than an engine's own clock goes back by when it is set right after {@link ManualClock}, which stands still: a job that
     * was due at once is still due after so long.
     */
    static final Duration SETBACK = Duration.ofSeconds(2);

    static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    StoreContract contract;
    StoreFixture fixture;
    ManualClock clock;
    Store store;
    StoreDriver driver;

    @BeforeEach
    void open(StoreContract outer) {
        contract = outer;
        clock = new ManualClock(START);
        fixture = outer.fixture();
        store = fixture.open(clock, retention());
        driver = new StoreDriver(store, clock);
    }

    @AfterEach
    void checkTheBooks() {
        try {
            assertThat(Books.faults(store)).as("faults in the store's books").isEmpty();
        } finally {
            fixture.close();
        }
    }

    /** How long the store keeps what has ended. */
    Retention retention() {
        return Retention.DEFAULT;
    }

    /** Another view of the same data, as another process would have it. */
    StoreDriver secondView() {
        return new StoreDriver(fixture.open(clock, retention()), clock);
    }

    /** As after a restart. */
    void reopen() {
        store = fixture.reopen(store, clock, retention());
        driver = new StoreDriver(store, clock);
    }

    static void assertAbout(@Nullable Instant actual, Instant expected) {
        assertThat(actual).isCloseTo(expected, within(1, ChronoUnit.SECONDS));
    }
}
