package dev.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetryPolicyTest {
    private final RuntimeException error = new IllegalStateException("broken");
    private final RandomGenerator random = new SplittableRandom(42);

    private Optional<Duration> after(RetryPolicy policy, int attempt, Throwable error) {
        return policy.delayAfter(attempt, error, random);
    }

    private long seconds(RetryPolicy policy, int attempt) {
        return after(policy, attempt, error).orElseThrow().toSeconds();
    }

    @Test
    void delays_grow_by_their_curve() {
        RetryPolicy exponential = RetryPolicy.exponential(Duration.ofSeconds(2), 3);
        RetryPolicy linear = RetryPolicy.linear(Duration.ofSeconds(2));
        RetryPolicy fixed = RetryPolicy.fixed(Duration.ofSeconds(2));

        assertThat(seconds(exponential, 1)).isEqualTo(2);
        assertThat(seconds(exponential, 4)).isEqualTo(54);
        assertThat(seconds(linear, 1)).isEqualTo(2);
        assertThat(seconds(linear, 4)).isEqualTo(8);
        assertThat(seconds(fixed, 4)).isEqualTo(2);
    }

    @Test
    void the_last_attempt_is_not_followed_by_another() {
        RetryPolicy three = RetryPolicy.fixed(Duration.ZERO).attempts(3);

        assertThat(after(three, 2, error)).contains(Duration.ZERO);
        assertThat(after(three, 3, error)).isEmpty();
        assertThat(after(three, Integer.MAX_VALUE, error)).isEmpty();
        assertThat(after(RetryPolicy.none(), 1, error)).isEmpty();
    }

    @Test
    void the_default_is_one_second_doubled_up_to_fifteen_minutes_ten_times() {
        assertThat(after(RetryPolicy.DEFAULT, 1, error).orElseThrow())
                .isBetween(Duration.ofMillis(800), Duration.ofMillis(1200));
        assertThat(after(RetryPolicy.DEFAULT, 9, error).orElseThrow())
                .isBetween(Duration.ofMillis(204_800), Duration.ofMillis(307_200));
        assertThat(after(RetryPolicy.DEFAULT, 10, error)).isEmpty();
    }

    @Test
    void jitter_fills_its_bounds_and_keeps_them() {
        RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(10)).jitter(0.2);
        Duration least = Duration.ofDays(1);
        Duration most = Duration.ZERO;
        for (int i = 0; i < 10_000; i++) {
            Duration delay = after(policy, 1, error).orElseThrow();
            least = delay.compareTo(least) < 0 ? delay : least;
            most = delay.compareTo(most) > 0 ? delay : most;
        }

        assertThat(least).isBetween(Duration.ofMillis(8_000), Duration.ofMillis(8_100));
        assertThat(most).isBetween(Duration.ofMillis(11_900), Duration.ofMillis(12_000));
    }

    @Test
    void no_attempt_number_overflows() {
        RetryPolicy policy = RetryPolicy.exponential(Duration.ofDays(36_500), 1e300)
                .maxDelay(Duration.ofDays(36_500))
                .jitter(1)
                .attempts(1000);

        for (int attempt = 1; attempt < 1000; attempt++) {
            assertThat(after(policy, attempt, error).orElseThrow()).isBetween(Duration.ZERO, Duration.ofDays(73_000));
        }
        assertThat(seconds(RetryPolicy.exponential(Duration.ZERO, 1e300).attempts(1000), 999))
                .isZero();
        assertThat(seconds(RetryPolicy.linear(Duration.ofDays(36_500)).attempts(1000), 999))
                .isEqualTo(Duration.ofDays(36_500).toSeconds());
    }

    @Test
    void without_a_limit_delays_stop_growing_at_a_day() {
        assertThat(seconds(RetryPolicy.exponential(Duration.ofSeconds(1), 2).attempts(1000), 900))
                .isEqualTo(86_400);
        assertThat(seconds(RetryPolicy.fixed(Duration.ofDays(3)), 1)).isEqualTo(3 * 86_400);
    }

    @Test
    void the_most_specific_rule_wins_in_whatever_order_they_were_said() {
        RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(1))
                .on(FileNotFoundException.class, RetryPolicy.fixed(Duration.ofSeconds(3)))
                .on(IOException.class, RetryPolicy.fixed(Duration.ofSeconds(2)))
                .never(IllegalArgumentException.class);

        assertThat(after(policy, 1, new FileNotFoundException())).contains(Duration.ofSeconds(3));
        assertThat(after(policy, 1, new IOException())).contains(Duration.ofSeconds(2));
        assertThat(after(policy, 1, error)).contains(Duration.ofSeconds(1));
        assertThat(after(policy, 1, new NumberFormatException())).isEmpty();
    }

    @Test
    void causes_are_not_looked_at() {
        RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(1)).never(IOException.class);

        assertThat(after(policy, 1, new UncheckedIOException(new IOException())))
                .contains(Duration.ofSeconds(1));
    }

    @Test
    void a_rule_counts_all_attempts_and_has_the_outer_number_unless_it_says_its_own() {
        RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(1))
                .attempts(3)
                .on(IOException.class, RetryPolicy.linear(Duration.ofSeconds(1)))
                .on(
                        FileNotFoundException.class,
                        RetryPolicy.linear(Duration.ofSeconds(1)).attempts(5));

        assertThat(after(policy, 2, new IOException())).contains(Duration.ofSeconds(2));
        assertThat(after(policy, 3, new IOException())).isEmpty();
        assertThat(after(policy, 4, new FileNotFoundException())).contains(Duration.ofSeconds(4));
        assertThat(after(policy, 5, new FileNotFoundException())).isEmpty();
    }

    @Test
    void errors_that_know_better_are_believed() {
        RetryPolicy policy = RetryPolicy.DEFAULT.on(PermanentFailure.class, RetryPolicy.fixed(Duration.ofSeconds(1)));
        RetryAfter later = new RetryAfter("too many requests", Duration.ofSeconds(17));

        assertThat(after(policy, 1, new PermanentFailure("gone"))).isEmpty();
        assertThat(after(policy, 9, later)).contains(Duration.ofSeconds(17));
        assertThat(after(policy, 10, later)).isEmpty();
    }

    @Test
    void a_stored_policy_is_the_same_policy() {
        RetryPolicy policy = RetryPolicy.exponential(Duration.ofMillis(1500), 1.5)
                .maxDelay(Duration.ofMinutes(10))
                .jitter(0.25)
                .attempts(5)
                .on(IOException.class, RetryPolicy.fixed(Duration.ofSeconds(5)).never(FileNotFoundException.class))
                .never(IllegalArgumentException.class);

        assertThat(RetryPolicy.fromJson(policy.toJson())).isEqualTo(policy);
        assertThat(policy.toJson())
                .isEqualTo("{\"shape\":\"exponential\",\"base\":\"PT1.5S\",\"factor\":1.5,\"max\":\"PT10M\","
                        + "\"jitter\":0.25,\"attempts\":5,\"on\":{\"java.io.IOException\":"
                        + "{\"shape\":\"fixed\",\"base\":\"PT5S\",\"on\":{\"java.io.FileNotFoundException\":null}},"
                        + "\"java.lang.IllegalArgumentException\":null}}");
        assertThat(RetryPolicy.fromJson(RetryPolicy.DEFAULT.toJson())).isEqualTo(RetryPolicy.DEFAULT);
        assertThat(RetryPolicy.fromJson(RetryPolicy.none().toJson())).isEqualTo(RetryPolicy.none());
    }

    @Test
    void a_stored_policy_may_hold_unknown_fields_and_classes_that_are_not_here() {
        RetryPolicy policy = RetryPolicy.fromJson(
                "{\"shape\":\"fixed\",\"base\":\"PT1S\",\"mood\":[1,{}],\"on\":{\"com.example.NotHere\":null}}");

        assertThat(after(policy, 1, error)).contains(Duration.ofSeconds(1));
        assertThat(policy.toJson()).contains("com.example.NotHere");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{}",
                "{\"shape\":\"fixed\"}",
                "{\"shape\":\"wild\",\"base\":\"PT1S\"}",
                "{\"shape\":\"exponential\",\"base\":\"PT1S\"}",
                "{\"shape\":\"fixed\",\"base\":5}",
                "{\"shape\":\"fixed\",\"base\":\"PT1S\",\"attempts\":\"many\"}",
                "{\"shape\":\"fixed\",\"base\":\"PT1S\",\"attempts\":0}",
                "{\"shape\":\"fixed\",\"base\":\"PT1S\",\"on\":{\"x\":7}}"
            })
    void what_is_no_policy_is_refused(String json) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RetryPolicy.fromJson(json))
                .withMessageContaining("not a retry policy: " + json);
    }

    @Test
    void options_out_of_range_are_refused() {
        RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(1));

        assertThatIllegalArgumentException().isThrownBy(() -> RetryPolicy.fixed(Duration.ofSeconds(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> RetryPolicy.linear(Duration.ofSeconds(Long.MAX_VALUE)));
        assertThatIllegalArgumentException().isThrownBy(() -> RetryPolicy.exponential(Duration.ZERO, 0.5));
        assertThatIllegalArgumentException().isThrownBy(() -> RetryPolicy.exponential(Duration.ZERO, Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> policy.jitter(1.1));
        assertThatIllegalArgumentException().isThrownBy(() -> policy.jitter(Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> policy.attempts(0));
        assertThatIllegalArgumentException().isThrownBy(() -> policy.attempts(1001));
        assertThatIllegalArgumentException().isThrownBy(() -> policy.maxDelay(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> policy.delayAfter(0, error, random));
    }
}
