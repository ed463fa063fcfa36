package dev.millrace.testkit.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.StoreDriver;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** That a drill sees places that are left taken. */
class FlowTest {
    private final ManualClock clock = new ManualClock(Instant.parse("2030-01-01T00:00:00Z"));
    private final Millrace millrace = Millrace.builder("memory:").clock(clock).open();
    private final StoreDriver driver = new StoreDriver(millrace.store(), clock);

    @BeforeEach
    void limit() {
        Flow.limit(millrace);
    }

    @AfterEach
    void close() {
        millrace.close();
    }

    private List<String> faults() {
        List<UUID> crowd = Flow.crowd(millrace);
        driver.settleDown();
        return Flow.faultsOfCrowd(millrace, crowd);
    }

    @Test
    void where_all_places_are_free_there_is_no_fault() {
        assertThat(faults()).isEmpty();
    }

    @Test
    void a_key_one_of_whose_places_is_taken_is_a_fault() {
        millrace.enqueue(Load.STEP.with(0).group("pair", "p1"));

        assertThat(faults()).containsExactly("1 jobs of p1 have a place, of which there are 2");
    }

    @Test
    void a_key_all_places_of_which_are_taken_is_a_fault() {
        millrace.enqueue(Load.STEP.with(0).group("pair", "p1"));
        millrace.enqueue(Load.STEP.with(0).group("pair", "p1"));

        assertThat(faults()).containsExactly("0 jobs of p1 have a place, of which there are 2");
    }
}
