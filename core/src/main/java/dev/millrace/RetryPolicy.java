package dev.millrace;

import dev.millrace.internal.text.TimeText;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When to try again after a failure, and when to give up. Immutable: each option gives a copy. A job carries its policy to
 * whatever worker runs it.
 *
 * <p>Attempts count from 1 and include the first run. After attempt n, the delay is
 *
 * <ul>
 *   <li>{@link #fixed}: base
 *   <li>{@link #linear}: base × n
 *   <li>{@link #exponential}: base × factor<sup>n-1</sup>
 * </ul>
 *
 * but no more than {@link #maxDelay}, and then spread by {@link #jitter}. Unless said otherwise: 10 attempts, delays up to 1
 * day (or base, if that is longer), no jitter.
 *
 * <p>Rules ({@link #on}, {@link #never}) are found by the name of the error's class, or else of its superclass, and so on up:
 * the most specific wins. Causes are not looked at. Since only names are compared, a worker needs no class that a policy
 * names.
 */
public final class RetryPolicy {
    private static final int DEFAULT_ATTEMPTS = 10;
    private static final int MOST_ATTEMPTS = 1000;
    private static final Duration DEFAULT_MAX = Duration.ofDays(1);
    /** Its nanoseconds fit a long, jitter included. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** Exponential from 1 s × 2 up to 15 min ± 20 %, 10 attempts. */
    public static final RetryPolicy DEFAULT = exponential(Duration.ofSeconds(1), 2.0)
            .maxDelay(Duration.ofMinutes(15))
            .jitter(0.2)
            .attempts(10);

    private final Curve curve;
    private final Limit limit;
    private final Map<String, Rule> rules;
    private @Nullable String json;

    /** How delays grow. */
    enum Shape {
        FIXED,
        LINEAR,
        EXPONENTIAL
    }

    /** The delay by attempt. */
    record Curve(Shape shape, Duration base, double factor, double jitter) {}

    /**
     * Where it ends.
     *
     * @param maxDelay null for the default
     * @param attempts 0 for the default, which of a rule's policy is the attempts of the policy that it is in
     */
    record Limit(@Nullable Duration maxDelay, int attempts) {}

    /** What to do about errors of one class; a null policy means to give up. */
    record Rule(@Nullable RetryPolicy policy) {
        static final Rule NEVER = new Rule(null);
    }

    RetryPolicy(Curve curve, Limit limit, Map<String, Rule> rules) {
        this.curve = curve;
        this.limit = limit;
        this.rules = rules;
    }

    private static RetryPolicy of(Shape shape, Duration base, double factor) {
        if (base.isNegative() || base.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("the retry delay is " + TimeText.of(base) + ": use zero to 100 years");
        }
        return new RetryPolicy(new Curve(shape, base, factor, 0), new Limit(null, 0), Map.of());
    }

    /**
     * Delays that are multiplied by a factor each time.
     *
     * @param base the first delay; zero or more
     * @param factor 1 or more
     */
    public static RetryPolicy exponential(Duration base, double factor) {
        if (!(factor >= 1) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException("the factor of an exponential retry is " + factor + ": use 1 or more");
        }
        return of(Shape.EXPONENTIAL, base, factor);
    }

    /** The same delay each time; zero or more. */
    public static RetryPolicy fixed(Duration delay) {
        return of(Shape.FIXED, delay, 1);
    }

    /** Delays that grow by the same amount each time, beginning with it; zero or more. */
    public static RetryPolicy linear(Duration base) {
        return of(Shape.LINEAR, base, 1);
    }

    /** No retry: the first failure is final. */
    public static RetryPolicy none() {
        return fixed(Duration.ZERO).attempts(1);
    }

    /** The longest delay before jitter; longer than zero. */
    public RetryPolicy maxDelay(Duration value) {
        if (value.isZero() || value.isNegative() || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("the longest retry delay is " + TimeText.of(value)
                    + ": use something longer than zero, up to 100 years");
        }
        return new RetryPolicy(curve, new Limit(value, limit.attempts), rules);
    }

    /**
     * Spreads delays, so that jobs that failed together do not come back together.
     *
     * @param share 0 to 1: with 0.2, a delay of 10 s becomes one of 8 to 12 s, all equally likely
     */
    public RetryPolicy jitter(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("the jitter is " + share + ": use 0 to 1, as a share of the delay");
        }
        return new RetryPolicy(new Curve(curve.shape, curve.base, curve.factor, share), limit, rules);
    }

    /** How many runs there may be in all, the first included; 1 to 1000. */
    public RetryPolicy attempts(int value) {
        if (value < 1 || value > MOST_ATTEMPTS) {
            throw new IllegalArgumentException(
                    "the number of attempts is " + value + ": use 1 (no retry) to " + MOST_ATTEMPTS);
        }
        return new RetryPolicy(curve, new Limit(limit.maxDelay, value), rules);
    }

    /**
     * Another policy for errors of a class and its subclasses. Its delays and attempts go by the number of the attempt, so all
     * earlier failures count, whatever their class; unless it says how many attempts it allows, this policy's number holds.
     */
    public RetryPolicy on(Class<? extends Throwable> error, RetryPolicy policy) {
        return with(error, new Rule(policy));
    }

    /** Gives up at once on errors of these classes and their subclasses. */
    @SafeVarargs
    public final RetryPolicy never(Class<? extends Throwable>... errors) {
        RetryPolicy result = this;
        for (Class<? extends Throwable> error : errors) {
            result = result.with(error, Rule.NEVER);
        }
        return result;
    }

    private RetryPolicy with(Class<? extends Throwable> error, Rule rule) {
        Map<String, Rule> more = new LinkedHashMap<>(rules);
        more.put(error.getName(), rule);
        return new RetryPolicy(curve, limit, more);
    }

    /**
     * What to do after a failure.
     *
     * @param attempt the number of the attempt that failed, from 1; of any size
     * @param error what it failed with. {@link PermanentFailure} is always given up on; {@link RetryAfter} brings its own
     *     delay if there are attempts left
     * @param random for the jitter
     * @return how long to wait before the next attempt; empty to give up
     */
    public Optional<Duration> delayAfter(int attempt, Throwable error, RandomGenerator random) {
        if (attempt < 1) {
            throw new IllegalArgumentException("the attempt is " + attempt + ": attempts count from 1");
        }
        return error instanceof PermanentFailure ? Optional.empty() : decide(attempt, DEFAULT_ATTEMPTS, error, random);
    }

    private Optional<Duration> decide(int attempt, int inherited, Throwable error, RandomGenerator random) {
        int allowed = limit.attempts == 0 ? inherited : limit.attempts;
        Rule rule = ruleFor(error);
        if (rule != null) {
            return rule.policy == null ? Optional.empty() : rule.policy.decide(attempt, allowed, error, random);
        }
        if (attempt >= allowed) {
            return Optional.empty();
        }
        return Optional.of(error instanceof RetryAfter own ? own.delay() : delay(attempt, random));
    }

    private @Nullable Rule ruleFor(Throwable error) {
        if (rules.isEmpty()) {
            return null;
        }
        for (Class<?> c = error.getClass(); c != null; c = c.getSuperclass()) {
            Rule rule = rules.get(c.getName());
            if (rule != null) {
                return rule;
            }
        }
        return null;
    }

    /** Doubles hold any size without overflow: what grows past the limit, to infinity at last, is the limit. */
    private Duration delay(int attempt, RandomGenerator random) {
        double base = curve.base.toNanos();
        double grown = switch (curve.shape) {
            case FIXED -> base;
            case LINEAR -> base * attempt;
            case EXPONENTIAL -> base == 0 ? 0 : base * Math.pow(curve.factor, attempt - 1.0);
        };
        double delay = Math.min(grown, (double) longest().toNanos());
        if (curve.jitter > 0) {
            delay *= 1 + curve.jitter * (2 * random.nextDouble() - 1);
        }
        return Duration.ofNanos(Math.round(delay));
    }

    private Duration longest() {
        if (limit.maxDelay != null) {
            return limit.maxDelay;
        }
        return curve.base.compareTo(DEFAULT_MAX) > 0 ? curve.base : DEFAULT_MAX;
    }

    Curve curve() {
        return curve;
    }

    Limit limit() {
        return limit;
    }

    Map<String, Rule> rules() {
        return rules;
    }

    /** The policy as short JSON, as jobs carry it. Durations are ISO-8601, classes are names. */
    public String toJson() {
        String text = json;
        if (text == null) {
            text = RetryPolicyJson.write(this);
            json = text;
        }
        return text;
    }

    /**
     * Reads what {@link #toJson} wrote, also in a newer version: fields that are not known are ignored. No class is loaded.
     *
     * @throws IllegalArgumentException when it is not the JSON of a retry policy
     */
    public static RetryPolicy fromJson(String json) {
        return RetryPolicyJson.read(json);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RetryPolicy policy
                && curve.equals(policy.curve)
                && limit.equals(policy.limit)
                && rules.equals(policy.rules);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * curve.hashCode() + limit.hashCode()) + rules.hashCode();
    }

    /** As {@link #toJson}. */
    @Override
    public String toString() {
        return toJson();
    }
}
