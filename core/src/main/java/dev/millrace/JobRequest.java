package dev.millrace;

import dev.millrace.internal.schedule.Schedule.Template;
import dev.millrace.spi.Due;
import dev.millrace.spi.JobSpec;
import dev.millrace.spi.Keys;
import dev.millrace.spi.Labels;
import dev.millrace.spi.NewJob;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job to be enqueued: a payload and what is to be said of it. What its {@link JobType} says is the default; what is said
 * here wins. Immutable: each option gives a copy. Made by {@link JobType#with}.
 *
 * <p>Every option throws {@link IllegalArgumentException} for what the store could not keep, and says what would do. Names
 * (queue, keys, tags, names of metadata) have 1 to 200 characters, no control characters and no white space at their ends.
 *
 * @param <R> the result; {@link Void} for none
 */
public final class JobRequest<R> {
    private final JobType<?, R> type;
    private final @Nullable Object payload;
    private final @Nullable UUID id;
    private final JobOptions options;
    private final Times times;
    private final Labels labels;
    private final Ties ties;

    /** When it may start and until when. */
    private record Times(Due due, @Nullable Due expiry) {
        static final Times NOW = new Times(Due.NOW, null);

        /** Whether it is said when it may start. */
        boolean later() {
            return !(due instanceof Due.After after) || after.delay().compareTo(Duration.ZERO) > 0;
        }
    }

    /** What ties it to others. */
    private record Ties(@Nullable Unique unique, Keys.@Nullable Group group) {
        static final Ties NONE = new Ties(null, null);
    }

    JobRequest(JobType<?, R> type, @Nullable Object payload, JobOptions options) {
        this(type, payload, null, options, Times.NOW, Labels.NONE, Ties.NONE);
    }

    private JobRequest(
            JobType<?, R> type,
            @Nullable Object payload,
            @Nullable UUID id,
            JobOptions options,
            Times times,
            Labels labels,
            Ties ties) {
        if (ties.unique != null && ties.unique.delay() != null && times.later()) {
            throw new IllegalArgumentException(
                    "a debounced job is due so long after the last call: leave in(…) and at(…)"
                            + " out, or debounce(…)");
        }
        this.type = type;
        this.payload = payload;
        this.id = id;
        this.options = options;
        this.times = times;
        this.labels = labels;
        this.ties = ties;
    }

    private JobRequest<R> with(JobOptions changed) {
        return new JobRequest<>(type, payload, id, changed, times, labels, ties);
    }

    private JobRequest<R> with(Times changed) {
        return new JobRequest<>(type, payload, id, options, changed, labels, ties);
    }

    private JobRequest<R> with(Labels changed) {
        return new JobRequest<>(type, payload, id, options, times, changed, ties);
    }

    private JobRequest<R> with(Ties changed) {
        return new JobRequest<>(type, payload, id, options, times, labels, changed);
    }

    /**
     * The job's id, so that enqueueing can be repeated, even by another process: a job whose id the store knows is not stored
     * again. Without it, each enqueue makes a new id. UUIDv7 keep listings in order of arrival.
     */
    public JobRequest<R> id(UUID value) {
        return new JobRequest<>(type, payload, value, options, times, labels, ties);
    }

    /** The queue that it waits in. */
    public JobRequest<R> queue(String name) {
        return with(options.withQueue(name));
    }

    /** -1000 to 1000; higher runs first. */
    public JobRequest<R> priority(int value) {
        return with(options.withPriority(value));
    }

    /**
     * Not before so long from now, by the store's clock; of a job that waits for others, from when they are done. Zero or
     * negative means at once. Replaces {@link #at}.
     */
    public JobRequest<R> in(Duration delay) {
        return with(new Times(new Due.After(Limits.bounded("delay", delay)), times.expiry));
    }

    /** Not before this time of the store's clock, of the years 1970 to 9999. Replaces {@link #in}. */
    public JobRequest<R> at(Instant time) {
        return with(new Times(new Due.At(Limits.time("due time", time)), times.expiry));
    }

    /**
     * One unfinished job of this kind and key at a time, in whatever queue: while there is one, enqueueing another stores
     * nothing and gives the handle of the first. The same as {@link #unique unique(Unique.key(key))}.
     */
    public JobRequest<R> uniqueKey(String key) {
        return unique(Unique.key(key));
    }

    /** One job of this kind and key at a time, in whatever queue, and what becomes of a second one. */
    public JobRequest<R> unique(Unique rule) {
        return with(new Ties(rule, ties.group));
    }

    /**
     * Jobs of one queue and this key run one at a time, in the order of priority, due time and arrival, on whatever worker. While
     * one waits for a retry, the next may run. Replaces {@link #group} and {@link #strictSerial}.
     */
    public JobRequest<R> serial(String key) {
        return with(new Ties(ties.unique, Keys.Group.serial(Limits.name("serial key", key))));
    }

    /** As {@link #serial}, and while this job waits for a retry, no other of the key runs. */
    public JobRequest<R> strictSerial(String key) {
        return with(new Ties(ties.unique, new Keys.Group(Keys.Group.SERIAL, Limits.name("serial key", key), true)));
    }

    /**
     * Puts it into a group. How many jobs of one name and key may run at once within the queue, and how many may start in a time,
     * is set for the queue ({@link QueueHandle#limitGroup}); as long as nothing is set, nothing is held back. A job is in one group
     * at most: this replaces {@link #serial}.
     *
     * @param name what limits are set for, such as "customer"; not "serial"
     * @param key which one, such as "7"
     */
    public JobRequest<R> group(String name, String key) {
        return with(new Ties(ties.unique, new Keys.Group(Limits.group(name), Limits.name("group key", key), false)));
    }

    /** Adds words that the job can be found by; at most 50 per job. */
    public JobRequest<R> tag(String... tags) {
        Set<String> all = new LinkedHashSet<>(labels.tags());
        for (String tag : tags) {
            all.add(Limits.name("tag", tag));
        }
        return with(new Labels(Limits.tags(all), labels.meta()));
    }

    /**
     * Adds or replaces a piece of metadata, which the handler can read and people can see; at most 50 per job, and 8 KiB of
     * names and values in all.
     *
     * @param value any text without control characters other than tabs and line breaks; may be empty
     */
    public JobRequest<R> meta(String name, String value) {
        Map<String, String> all = new LinkedHashMap<>(labels.meta());
        all.put(Limits.name("metadata name", name), Limits.text("metadata value", value));
        return with(new Labels(labels.tags(), Limits.meta(all)));
    }

    /**
     * From this time of the store's clock on it is of no use: it is not started any more, and becomes CANCELLED(expired). A
     * running handler is left alone. Of the years 1970 to 9999. Replaces {@link #expiresIn}.
     */
    public JobRequest<R> expiresAt(Instant time) {
        return with(new Times(times.due, new Due.At(Limits.time("expiry", time))));
    }

    /** As {@link #expiresAt}, so long from when it is enqueued; longer than zero. */
    public JobRequest<R> expiresIn(Duration time) {
        return with(new Times(times.due, new Due.After(Limits.positive("expiry", time))));
    }

    /** How long a run may take, from the start of the handler; longer than zero. A run that takes longer has failed. */
    public JobRequest<R> timeout(Duration value) {
        return with(options.withTimeout(value));
    }

    /** When to try again after a failure. */
    public JobRequest<R> retry(RetryPolicy policy) {
        return with(options.withRetry(policy));
    }

    /** How long it is kept once it has ended, whatever the end; zero or more. */
    public JobRequest<R> keepFor(Duration value) {
        return with(options.withKeepFor(value));
    }

    /** What it is a job of. */
    public JobType<?, R> type() {
        return type;
    }

    /** What the handler gets; null only if the payload type is {@link Void}. */
    public @Nullable Object payload() {
        return payload;
    }

    /** The id that was given; empty if enqueueing is to make one. */
    public Optional<UUID> id() {
        return Optional.ofNullable(id);
    }

    /** The queue that it will wait in. */
    public String queue() {
        return options.queue();
    }

    /** The unique key of its own that it will hold; empty for none, and for one that is made of the payload. */
    public Optional<String> uniqueKey() {
        return Optional.ofNullable(ties.unique).flatMap(Unique::key);
    }

    /** Whether its unique key is made of its payload. */
    boolean uniqueByPayload() {
        return ties.unique != null && ties.unique.key().isEmpty();
    }

    /**
     * What a schedule makes of it, again and again.
     *
     * @throws IllegalArgumentException when it says what can be true of one job only
     */
    Template toTemplate(String schedule, byte[] payload, byte[] plain) {
        String job = "the job of schedule \"" + schedule + "\" ";
        if (id != null) {
            throw new IllegalArgumentException(
                    job + "has an id, and each tick makes a job of its own: leave id(…) out");
        }
        if (times.due instanceof Due.At) {
            throw new IllegalArgumentException(
                    job + "has a due time, and ticks say when: leave at(…) out, or use in(…)");
        }
        if (times.expiry instanceof Due.At) {
            throw new IllegalArgumentException(
                    job + "has an expiry at one moment: use expiresIn(…), which counts from each tick");
        }
        NewJob made = toNewJob(new UUID(0, 0), payload, plain);
        Duration delay = ((Due.After) made.due()).delay();
        return new Template(
                made.spec(),
                delay.isNegative() ? Duration.ZERO : delay,
                times.expiry == null ? null : ((Due.After) times.expiry).delay());
    }

    /** Tags and metadata. */
    Labels labels() {
        return labels;
    }

    /**
     * What the store gets.
     *
     * @param plain the payload before compression and encryption; looked at only if {@link #uniqueByPayload}
     */
    NewJob toNewJob(UUID id, byte[] payload, byte[] plain) {
        Unique unique = ties.unique;
        Duration debounce = unique == null ? null : unique.delay();
        return new NewJob(
                new JobSpec(
                        id,
                        type.kind(),
                        options.queue(),
                        options.priority(),
                        payload,
                        options.encodedRun(),
                        labels,
                        unique == null && ties.group == null
                                ? Keys.NONE
                                : new Keys(unique == null ? null : unique.toKey(plain), ties.group, null),
                        options.keepFor()),
                debounce == null ? times.due : new Due.After(debounce),
                times.expiry);
    }

    /** The kind and what was said of the job; not the payload, which may be large or private. */
    @Override
    public String toString() {
        return List.of(type.kind(), options.queue(), "priority " + options.priority(), times.due, labels, ties)
                .toString();
    }
}
