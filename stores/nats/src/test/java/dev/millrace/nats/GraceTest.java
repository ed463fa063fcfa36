package dev.millrace.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.StoreAddress;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When a leader that nobody hears of is replaced. */
class GraceTest {
    private static final UUID LEADER = UUID.randomUUID();
    private static final long MISSED = 1_000_000_000_000L;

    private final Grace grace = new Grace(Settings.of(StoreAddress.parse("nats://here?reconnect.wait=3s")));

    @Test
    void a_leader_may_connect_again_before_it_is_replaced() {
        assertThat(over(0)).isFalse();
        assertThat(over(5_900)).isFalse();
        assertThat(over(6_100)).isTrue();
    }

    @Test
    void time_without_a_connection_of_its_own_does_not_count() {
        over(0);
        assertThat(grace.isOver(LEADER, false, MISSED + TimeUnit.SECONDS.toNanos(5)))
                .isFalse();
        assertThat(over(7_000)).isFalse();
        assertThat(over(14_000)).isTrue();
    }

    @Test
    void who_is_heard_again_or_has_just_begun_has_all_of_it() {
        over(0);
        grace.heard();
        assertThat(over(7_000)).isFalse();
        assertThat(grace.isOver(UUID.randomUUID(), true, MISSED + TimeUnit.SECONDS.toNanos(60)))
                .isFalse();
    }

    private boolean over(int millis) {
        return grace.isOver(LEADER, true, MISSED + TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
