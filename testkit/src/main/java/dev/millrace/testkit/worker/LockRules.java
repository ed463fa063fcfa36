package dev.millrace.testkit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.LockInfo;
import dev.millrace.Millrace;
import dev.millrace.NamedLock;
import dev.millrace.spi.StoreUnavailableException;
import dev.millrace.spi.Sweep;
import dev.millrace.testkit.Faults;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.contract.Together;
import dev.millrace.testkit.fault.Drill;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Named locks: one owner at a time, for a time, with tokens that only grow. */
abstract class LockRules extends WorkerPart {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);
    /** Only many show what a store does to two that meet in the narrowest place. */
    private static final int ROUNDS = Drill.LONG ? 2_000 : 40;

    private final ManualClock clock = new ManualClock(START);
    private Millrace other;

    @Override
    Clock clock() {
        return clock;
    }

    @BeforeEach
    void openAnother() {
        other = another();
    }

    private static NamedLock taken(Millrace by) {
        return by.tryLock("report", HOUR).orElseThrow();
    }

    @Test
    void a_lock_has_one_owner_at_a_time() {
        NamedLock lock = taken(millrace);

        assertThat(other.tryLock("report", HOUR)).isEmpty();
        assertThat(other.tryLock("another", HOUR)).isPresent();
        assertThat(lock.release()).isTrue();

        assertThat(other.tryLock("report", HOUR)).isPresent();
        assertThat(millrace.tryLock("report", HOUR)).isEmpty();
    }

    @Test
    void a_lock_is_known_to_people_while_it_is_held() {
        assertThat(millrace.lock("report")).isEmpty();
        assertThat(millrace.locks()).isEmpty();
        NamedLock lock = millrace.tryLock("report", HOUR, "web1").orElseThrow();
        assertThat(other.tryLock("backup", HOUR)).isPresent();

        LockInfo info = other.lock("report").orElseThrow();
        assertThat(info.owner()).isEqualTo("web1");
        assertThat(info.token()).isEqualTo(lock.token());
        assertThat(Duration.between(info.since(), info.expiresAt())).isEqualTo(HOUR);
        assertThat(Duration.between(START, info.since())).isBetween(Duration.ZERO, Duration.ofMinutes(5));
        assertThat(info.expiresAt()).isEqualTo(lock.expiresAt());
        assertThat(info.takes()).isEqualTo(1);
        assertThat(millrace.locks()).extracting(LockInfo::name).containsExactly("backup", "report");

        lock.close();
        assertThat(millrace.lock("report")).isEmpty();
        assertThat(millrace.locks()).extracting(LockInfo::name).containsExactly("backup");
    }

    @Test
    void its_owner_takes_it_again_and_releases_it_as_often() {
        NamedLock outer = taken(millrace);
        NamedLock inner = taken(millrace);

        assertThat(inner.token()).isEqualTo(outer.token());
        assertThat(other.lock("report").orElseThrow().takes()).isEqualTo(2);
        assertThat(inner.release()).isTrue();
        assertThat(inner.release()).as("a second release of one take").isFalse();
        assertThat(other.tryLock("report", HOUR)).isEmpty();
        assertThat(outer.release()).isTrue();

        assertThat(other.tryLock("report", HOUR)).isPresent();
    }

    @Test
    void an_owner_is_who_says_so() {
        assertThat(millrace.tryLock("report", HOUR, "web1")).isPresent();

        assertThat(other.tryLock("report", HOUR, "web1")).isPresent();
        assertThat(millrace.tryLock("report", HOUR, "web2")).isEmpty();
        assertThat(millrace.tryLock("report", HOUR)).isEmpty();
    }

    @Test
    void taking_it_again_for_a_shorter_time_takes_nothing_from_the_first() {
        NamedLock outer = millrace.tryLock("report", DAY).orElseThrow();
        NamedLock inner = taken(millrace);

        clock.advance(HOUR.multipliedBy(2));
        assertThat(other.tryLock("report", HOUR)).isEmpty();
        assertThat(outer.renew(DAY)).isTrue();

        assertThat(inner.renew(HOUR)).as("its time has passed").isFalse();
        assertThat(outer.release()).isTrue();
        assertThat(other.tryLock("report", HOUR)).isPresent();
    }

    @Test
    void taking_it_again_extends_it() {
        taken(millrace);
        assertThat(millrace.tryLock("report", DAY)).isPresent();
        clock.advance(HOUR.multipliedBy(2));

        assertThat(other.tryLock("report", HOUR)).isEmpty();
    }

    @Test
    void a_lock_whose_holder_is_silent_is_taken_over_after_its_time_and_not_before() {
        NamedLock lost = taken(millrace);

        clock.advance(HOUR.minusMinutes(5));
        assertThat(other.tryLock("report", HOUR)).isEmpty();
        clock.advance(Duration.ofMinutes(5).plusSeconds(1));
        NamedLock taken = taken(other);

        assertThat(taken.token()).isGreaterThan(lost.token());
        assertThat(lost.renew(HOUR)).isFalse();
        assertThat(lost.release()).isFalse();
        lost.close();
        assertThat(millrace.lock("report").orElseThrow().owner()).isEqualTo(taken.owner());
        assertThat(taken.renew(HOUR)).isTrue();
    }

    @Test
    void a_lock_that_its_owner_takes_anew_is_not_released_by_what_it_held_before() {
        NamedLock before = taken(millrace);
        clock.advance(DAY);
        NamedLock after = taken(millrace);

        assertThat(before.release()).isFalse();
        assertThat(after.token()).isGreaterThan(before.token());
        assertThat(other.tryLock("report", HOUR)).isEmpty();
    }

    @Test
    void renewing_keeps_it_and_its_token() {
        NamedLock lock = taken(millrace);
        long token = lock.token();

        for (int i = 0; i < 5; i++) {
            clock.advance(HOUR.minusMinutes(10));
            assertThat(lock.renew(HOUR)).isTrue();
            assertThat(other.tryLock("report", HOUR)).isEmpty();
        }

        assertThat(lock.token()).isEqualTo(token);
        LockInfo info = other.lock("report").orElseThrow();
        assertThat(info.token()).isEqualTo(token);
        assertThat(info.expiresAt()).isEqualTo(lock.expiresAt());
        assertThat(Duration.between(info.since(), info.expiresAt())).isGreaterThan(HOUR.multipliedBy(4));
    }

    @Test
    void tokens_grow_across_release_expiry_breaking_and_forgetting() {
        List<Long> tokens = new ArrayList<>();
        NamedLock released = taken(millrace);
        tokens.add(released.token());
        released.renew(DAY);
        released.renew(HOUR);
        released.close();
        tokens.add(taken(other).token());
        clock.advance(DAY);
        tokens.add(taken(millrace).token());
        clock.advance(DAY);
        store.sweep(new Sweep(LEASE, 10_000));
        tokens.add(taken(other).token());
        assertThat(millrace.breakLock("report")).isTrue();
        tokens.add(taken(millrace).token());

        assertThat(tokens).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void a_broken_lock_is_free_and_its_holder_learns_it() {
        NamedLock lock = taken(millrace);

        assertThat(other.breakLock("report")).isTrue();
        assertThat(other.breakLock("report")).isFalse();

        assertThat(lock.renew(HOUR)).isFalse();
        assertThat(lock.release()).isFalse();
        assertThat(other.tryLock("report", HOUR)).isPresent();
    }

    @Test
    void of_a_thousand_contenders_one_wins() {
        List<Optional<NamedLock>> locks = Together.each(
                        IntStream.range(0, 16).boxed().toList(), thread -> {
                            Millrace by = thread % 2 == 0 ? millrace : other;
                            return IntStream.range(0, 63)
                                    .mapToObj(
                                            number -> by.tryLock("report", HOUR, "contender " + thread + "." + number))
                                    .toList();
                        })
                .stream()
                .flatMap(List::stream)
                .toList();

        assertThat(locks).hasSize(1_008).filteredOn(Optional::isPresent).hasSize(1);
    }

    @Test
    void whoever_holds_it_holds_it_alone_and_has_the_largest_token_so_far() {
        AtomicInteger inside = new AtomicInteger();
        AtomicLong largest = new AtomicLong();

        List<Integer> taken = Together.each(IntStream.range(0, 8).boxed().toList(), thread -> {
            Millrace by = thread % 2 == 0 ? millrace : other;
            int count = 0;
            for (int round = 0; round < ROUNDS; round++) {
                Optional<NamedLock> lock = by.tryLock("report", HOUR, "thread " + thread);
                if (lock.isPresent()) {
                    assertThat(inside.incrementAndGet()).isEqualTo(1);
                    assertThat(lock.get().token())
                            .isGreaterThan(largest.getAndSet(lock.get().token()));
                    inside.decrementAndGet();
                    assertThat(lock.get().release()).isTrue();
                    count++;
                }
            }
            return count;
        });

        assertThat(taken.stream().mapToInt(Integer::intValue).sum()).isPositive();
        assertThat(millrace.lock("report")).isEmpty();
    }

    @Test
    void an_owner_whose_take_got_no_answer_takes_it_again() {
        faults().loseReply(Faults.Call.PUT_NOTE, 1);
        assertThatThrownBy(() -> taken(millrace)).isInstanceOf(StoreUnavailableException.class);
        assertThat(other.tryLock("report", HOUR)).isEmpty();

        NamedLock lock = millrace.tryLock("report", DAY).orElseThrow();
        clock.advance(HOUR.multipliedBy(2));

        assertThat(lock.release()).as("the other take's time has passed").isTrue();
        assertThat(other.tryLock("report", HOUR)).isPresent();
    }

    @Test
    void a_release_that_did_not_get_through_may_be_repeated() {
        NamedLock lock = taken(millrace);
        faults().failBefore(Faults.Call.REMOVE_NOTE, 1);
        assertThatThrownBy(lock::release).isInstanceOf(StoreUnavailableException.class);

        assertThat(lock.release()).isTrue();
        assertThat(millrace.lock("report")).isEmpty();
    }

    @Test
    void what_cannot_be_a_lock_is_refused() {
        assertThatThrownBy(() -> millrace.tryLock(" ", HOUR))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lock's name");
        assertThatThrownBy(() -> millrace.tryLock("report", HOUR, ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lock's owner");
        for (Duration wrong : List.of(Duration.ZERO, Duration.ofMillis(999), Duration.ofDays(1_000_000))) {
            assertThatThrownBy(() -> millrace.tryLock("report", wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("time to live");
        }
        assertThat(millrace.locks()).isEmpty();
    }
}
