package dev.millrace.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.spi.Keys;
import dev.millrace.spi.QueueLimits;
import dev.millrace.spi.QueueLimits.GroupLimits;
import dev.millrace.spi.Rate;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is remembered of groups, and for how long. */
class GroupsTest {
    private static final long NOW = 1_000_000_000_000_000L;
    private static final long SECOND = 1_000_000L;
    private static final int ALL = 1_000;
    private static final QueueLimits SLOW =
            QueueLimits.NONE.withGroup("customer", new GroupLimits(1, new Rate(1, Duration.ofSeconds(10), 1)));
    private static final QueueLimits FAST =
            QueueLimits.NONE.withGroup("customer", new GroupLimits(1, new Rate(1, Duration.ofSeconds(1), 1)));

    private final Groups<String> groups = new Groups<>(String::compareTo);

    @Test
    void a_group_without_jobs_is_remembered_until_its_bucket_is_full() {
        run("a");

        assertThat(groups.dropIdle(NOW + 9 * SECOND, ALL)).isZero();
        assertThat(groups.bucket(key("a"))).isEqualTo(NOW + 10 * SECOND);
        assertThat(groups.dropIdle(NOW + 10 * SECOND, ALL)).isEqualTo(1);
        assertThat(groups.bucket(key("a"))).isZero();
        assertThat(groups.dropIdle(NOW + 20 * SECOND, ALL)).isZero();
    }

    @Test
    void no_more_are_dropped_at_a_time_than_asked_for() {
        for (int i = 0; i < 10; i++) {
            run("customer " + i);
        }
        long later = NOW + 11 * SECOND;

        assertThat(groups.dropIdle(later, 4)).isEqualTo(4);
        assertThat(groups.dropIdle(later, 4)).isEqualTo(4);
        assertThat(groups.dropIdle(later, 4)).isEqualTo(2);
        assertThat(groups.dropIdle(later, 4)).isZero();
    }

    @Test
    void a_group_with_jobs_stays_though_its_bucket_is_full() {
        run("holds");
        groups.hold(key("holds"));
        run("blocks");
        groups.block(key("blocks"), "job");
        long later = NOW + 11 * SECOND;

        assertThat(groups.dropIdle(later, ALL)).isZero();
        assertThat(groups.held(key("holds"))).isEqualTo(1);
        assertThat(groups.blocked(key("blocks"), "job")).isTrue();

        groups.free(key("holds"));
        groups.unblock(key("blocks"), "job");
        assertThat(groups.dropIdle(later, ALL)).isEqualTo(2);
    }

    @Test
    void a_token_taken_anew_keeps_a_group_for_longer() {
        run("a");
        groups.take(key("a"), SLOW, NOW + 9 * SECOND);

        assertThat(groups.dropIdle(NOW + 11 * SECOND, ALL)).isZero();
        assertThat(groups.dropIdle(NOW + 20 * SECOND, ALL)).isEqualTo(1);
    }

    @Test
    void a_faster_rate_lets_a_group_go_sooner() {
        run("a");
        groups.limitsChanged("mail", FAST, NOW);

        assertThat(groups.dropIdle(NOW + SECOND, ALL)).isEqualTo(1);
    }

    @Test
    void a_bucket_that_is_set_is_remembered_until_it_is_full() {
        groups.bucket(key("a"), NOW + SECOND);
        assertThat(groups.dropIdle(NOW, ALL)).isZero();
        assertThat(groups.bucket(key("a"))).isEqualTo(NOW + SECOND);

        assertThat(groups.dropIdle(NOW + SECOND, ALL)).isEqualTo(1);
    }

    /** A job passes the group's gate and ends. */
    private void run(String customer) {
        groups.take(key(customer), SLOW, NOW);
        groups.hold(key(customer));
        groups.free(key(customer));
    }

    private static GroupKey key(String customer) {
        return new GroupKey("mail", new Keys.Group("customer", customer, false));
    }
}
